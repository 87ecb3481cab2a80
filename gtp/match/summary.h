// What a match says: counts, Elo, sequential test, times; for people and as JSON.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "gtp/match/elo.h"
#include "gtp/match/options.h"
#include "gtp/match/record.h"

namespace hayago::gtp {

struct Score {
  int wins = 0, draws = 0, losses = 0;
  void add(int half_points);
  int games() const { return wins + draws + losses; }
};

struct MatchSummary {
  int games = 0;
  Score all, as_black, as_white;  // of A
  PairCounts pairs{};             // complete pairs only
  EloEstimate elo;
  double llr = 0;
  // By the first pair, in the order in which pairs were completed, that crossed a bound: what comes
  // afterwards does not change it.
  SprtDecision decision = SprtDecision::kNone;
  double mean_moves = 0;
  int disputed = 0;
  std::array<int, 7> ends{};                    // by GameEnd
  std::array<int, 2> lost_on_time{}, failed{};  // by player
  std::array<double, 2> seconds{}, longest{};   // thinking time
  std::array<std::int64_t, 2> visits{}, searches{};
};

// games in the order in which they ended.
MatchSummary summarise(const std::vector<MatchGame>& games,
                       const std::optional<SprtSettings>& sprt);

// "+12.3 +- 20.1 Elo"; "A +inf Elo" and the like where there is no interval.
std::string elo_text(const EloEstimate& estimate);
// "LLR 0.42 (-2.94, 2.94)"
std::string sprt_text(const MatchSummary& summary, const SprtSettings& settings);
std::string summary_table(const MatchSummary& summary, const MatchOptions& options);
nlohmann::ordered_json summary_json(const MatchSummary& summary, const MatchOptions& options);

}  // namespace hayago::gtp
