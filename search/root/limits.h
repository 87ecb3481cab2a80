// When a search ends (spec/05 section 3.2, spec/06 section 4).
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

#include "search/context/context.h"
#include "search/engine.h"
#include "search/tree/node.h"

namespace hayago::search {

// Limits of one search after all factors.
struct EffectiveLimits {
  std::int64_t max_visits = 0, max_playouts = 0;
  double max_seconds = 0;
  double search_factor = 1;
};
EffectiveLimits effective_limits(const SearchParams& params, const SearchLimits& limits,
                                 const GameState& root);
// Playouts to have on their way at once: numSearchThreads, or fewer if there are only few to do
// (minPlayoutsPerThread).
int useful_width(const SearchParams& params, const EffectiveLimits& limits,
                 std::int64_t root_visits);
// Threads of the operating system for that: no more than processors.
int threads_for(int width);

// Spec/06 section 4 step 6: the move with most visits is also the best, and no other move can catch
// up with so many visits more.
bool cannot_change_move(const SearchContext& c, const Node& root, double visits_left);
// The same for lists of play selection values and visits, one entry per move.
bool is_decided(const std::vector<double>& values, const std::vector<double>& visits,
                double root_visits, double visits_left, double threshold, double temperature);

// The clock of one search. Used by its first thread only.
class SearchClock {
 public:
  SearchClock(const SearchContext& c, const SearchLimits& limits, const EffectiveLimits& effective,
              double carried_over_seconds);

  double seconds() const;
  // Recomputes the limit, at most ten times per second.
  void update(const Node& root, int threads);
  // Asked before every playout: is the time over or, with a clock to lose on, would it be at the
  // end of one more playout as long as the recent ones?
  bool is_over();
  // Upper bound of the visits that the time allows (spec/06 section 4.1).
  double visits_left(std::int64_t root_visits, int threads) const;

 private:
  double budget(const Node& root, double used, int threads);
  double visits_until(double limit, double used, std::int64_t root_visits, int threads) const;

  const SearchContext& c_;
  const SearchLimits& limits_;
  const EffectiveLimits effective_;
  const double carried_over_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double limit_;
  double next_update_ = 0;
  double last_question_ = 0, longest_step_ = 0;  // of is_over()
};

}  // namespace hayago::search
