// How far a match is, on stderr: a repainted line on a terminal; else a plain line every tenth of
// the games or, if games take long, every ten seconds; or events as JSON lines. Thread-safe.
#pragma once
#include <chrono>
#include <mutex>
#include <ostream>

#include "gtp/match/summary.h"

namespace hayago::gtp {

class MatchProgress {
 public:
  // `done`: games that were finished before this start.
  MatchProgress(std::ostream& out, bool is_terminal, const MatchOptions& options,
                const MatchSummary& done);
  void move_played();
  void game_done(const MatchGame& game, const MatchSummary& summary);
  void finish(const MatchSummary& summary, bool complete);

 private:
  using Clock = std::chrono::steady_clock;
  std::string text(double seconds) const;
  void show(bool force);
  void event(const char* kind, nlohmann::ordered_json values);

  std::ostream& out_;
  const bool is_terminal_;
  const MatchOptions& options_;
  const int done_before_;
  std::mutex mutex_;
  MatchSummary summary_;
  std::int64_t moves_ = 0;  // since the start of the program
  int tenths_shown_ = 0;
  bool painted_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

}  // namespace hayago::gtp
