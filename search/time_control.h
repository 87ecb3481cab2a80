// Time controls and the time budget of a move (spec/06 sections 1 to 4).
#pragma once
#include <functional>

#include "search/board/board.h"
#include "search/params.h"

namespace hayago::search {

struct TimeControl {
  double original_main_time = 1e30, main_time_left = 1e30;
  double increment = 0, main_time_limit = 1e40, max_time_per_move = 1e40;
  int original_num_periods = 0, num_periods_left = 0;
  int num_stones_per_period = 0;
  double per_period_time = 0;
  bool in_overtime = false;
  int num_stones_left = 0;
  double time_left_in_period = 0;

  static TimeControl unlimited() { return {}; }
  static TimeControl absolute(double main);
  static TimeControl canadian(double main, double period, int stones);
  static TimeControl byo_yomi(double main, double period, int periods);
  static TimeControl fischer(double main, double increment);
  static TimeControl fischer_capped(double main, double increment, double limit,
                                    double max_per_move);
  // Both colours start with this when the config sets no limit at all.
  static TimeControl without_limits_default();
  bool effectively_unlimited() const;
  // `time_left t n` (spec/06 section 1); the caller has checked ranges and n > 0 only with periods.
  void set_time_left(double seconds, int stones_or_periods);
};

struct TimeBudget {
  double min = 0, recommended = 0, max = 0;
};
// Section 2: for `stones` stones on a board of `area` points.
TimeBudget base_budget(const TimeControl& tc, int area, int stones, double lag_buffer);
// Section 3.
double round_up(const TimeControl& tc, double lag_buffer, double used, double limit);

// Seconds that a player may spend beside the search of this move after `used` seconds of it,
// without a clear effect on later moves: what is left of an overtime stone, or a twentieth of the
// main time.
double seconds_beside_search(const TimeControl& tc, double lag_buffer, double used);

// What section 4 needs to know about the running search. surprise < 0: not available.
struct SearchProgress {
  double used_seconds = 0, carried_over_seconds = 0, search_factor = 1;
  int turn = 0, area = 361, stones = 0;
  double surprise = -1, search_entropy = -1, policy_entropy = -1;
};
// Section 4. `is_futile(limit)`: whether searching until `limit` seconds cannot change the move
// (step 6); null: never.
double search_time_limit(const TimeControl& tc, const SearchParams& params,
                         const SearchProgress& progress,
                         const std::function<bool(double limit)>& is_futile = {});

}  // namespace hayago::search
