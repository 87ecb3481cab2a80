// Runs a match: several games at the same time until the number of games is reached or the
// sequential test has decided.
#pragma once
#include <array>
#include <exception>
#include <map>
#include <mutex>
#include <set>

#include "gtp/match/contestant.h"
#include "gtp/match/openings.h"
#include "gtp/match/progress.h"
#include "gtp/match/store.h"

namespace hayago::gtp {

class Match {
 public:
  // Everything outlives the match.
  Match(const MatchOptions& options, const std::array<ContestantSource*, 2>& sources,
        OpeningSource openings, MatchStore& store, MatchProgress& progress);
  // Throws what ended the match before its time; finished games are in the store.
  MatchSummary run();

 private:
  void work();
  std::optional<int> next_game();
  Opening opening_of(int pair);
  void finish(const MatchGame& game);
  bool goes_on();
  bool is_over() const;  // with mutex_ held
  void fail(std::exception_ptr error);

  const MatchOptions& options_;
  const std::array<ContestantSource*, 2> sources_;
  const OpeningSource openings_;
  MatchStore& store_;
  MatchProgress& progress_;
  std::mutex mutex_;
  MatchSummary summary_;
  std::set<int> taken_;  // finished or being played
  int failures_in_a_row_ = 0;
  std::exception_ptr error_;
  std::mutex opening_mutex_;
  std::map<int, Opening> drawn_;
};

}  // namespace hayago::gtp
