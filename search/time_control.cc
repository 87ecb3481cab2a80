#include "search/time_control.h"

#include <algorithm>
#include <cmath>

namespace hayago::search {
namespace {

constexpr double kUnlimited = 1e20;

// Seconds that remain usable when `buffer` of them may be lost on the way.
double minus_lag(double seconds, double buffer) {
  if (seconds < 0) return seconds;
  if (seconds < 2 * buffer) return seconds / 2;
  return seconds - buffer;
}

// How many moves a stretch of time has to last, and how to spread it (spec/06 section 2).
struct Spreader {
  double absolute_moves, increment_moves, period_moves;

  Spreader(int area, int stones) {
    const double a = area, n = stones;
    absolute_moves = std::max(0.95 * a + 20 - n, 0.15 * a + 30) / 2;
    increment_moves = std::max(0.75 * a + 15 - n, 0.10 * a + 20) / 2;
    period_moves = std::max(0.50 * a + 10 - n, 0.02 * a + 4) / 2;
  }
  double absolute(double seconds) const { return seconds / absolute_moves; }
  double with_increment(double seconds, double increment) const {
    if (seconds <= 0) return seconds;
    return std::min(seconds / increment_moves, absolute(seconds) + 2 * increment);
  }
  double with_periods(double seconds, double period, int stones) const {
    if (period <= 0 || stones <= 0) return absolute(seconds);
    const double per_move = period / stones;
    double moves = seconds / per_move / std::exp(1.0);
    if (period_moves > moves) moves = std::min(period_moves, 1.75 * moves);
    moves = std::max(std::min(moves, absolute_moves), 1.0);
    double result = std::min(seconds / moves, absolute(seconds) + 3 * per_move);
    result = std::max(result, per_move);
    if (result < 1.5 * per_move && seconds < 1.5 * per_move) result = seconds + per_move;
    return result;
  }
};

bool uses_periods(const TimeControl& tc) { return tc.increment <= 0 && tc.num_periods_left > 0; }

TimeBudget fischer_budget(const TimeControl& tc, const Spreader& spread, double lag_buffer) {
  const double main = tc.main_time_left;
  TimeBudget b;
  b.min =
      std::min(std::max(0.0, main / 2), std::max(0.0, main + tc.increment - tc.main_time_limit));
  if (main <= tc.increment) {
    b.recommended = minus_lag(main, lag_buffer);
    b.max = main;
    return b;
  }
  const double excess = minus_lag(main - tc.increment, lag_buffer);
  b.recommended = tc.increment + spread.with_increment(excess, tc.increment);
  b.max = std::min(main, tc.increment + excess / 5);
  return b;
}

// The clock of a control with periods, normalised as in spec/06 section 2.2.
struct PeriodClock {
  bool in_overtime;
  double main, in_period;
  int periods, stones;

  explicit PeriodClock(const TimeControl& tc)
      : in_overtime(tc.in_overtime),
        main(tc.main_time_left),
        in_period(tc.time_left_in_period),
        periods(tc.num_periods_left),
        stones(tc.num_stones_left) {
    settle(tc);
  }
  // Moves negative main time into overtime and drops exhausted periods.
  void settle(const TimeControl& tc) {
    if (!in_overtime && main < 0) enter_overtime(tc);
    while (in_overtime && in_period < 0 && periods > 1) next_period(tc);
  }
  void enter_overtime(const TimeControl& tc) {
    in_overtime = true;
    in_period = main + tc.per_period_time;
    main = 0;
    stones = tc.num_stones_per_period;
  }
  void next_period(const TimeControl& tc) {
    --periods;
    in_period += tc.per_period_time;
    stones = tc.num_stones_per_period;
  }
  // More than five periods are as good as main time.
  void convert_surplus_periods(const TimeControl& tc) {
    if (periods <= 5) return;
    if (!in_overtime) {
      main += tc.per_period_time * (periods - 5);
    } else {
      main += in_period + tc.per_period_time * (periods - 6);
      in_overtime = false;
    }
    periods = 5;
  }
};

// Both may double the lag buffer: nothing catches the very last stone of the very last period.
TimeBudget main_time_budget(const TimeControl& tc, const PeriodClock& clock, const Spreader& spread,
                            double& lag_buffer) {
  const double per_move = tc.per_period_time / (0.75 * tc.num_stones_per_period + 0.25);
  const double m = clock.main;
  TimeBudget b;
  b.recommended = spread.with_periods(m, tc.per_period_time, tc.num_stones_per_period);
  b.max = per_move + std::max(std::min(1.75 * per_move, m), m / 5);
  if (m < b.max && b.max < m + per_move) b.max = m + per_move;
  if (b.max > m && clock.periods <= 1 && tc.num_stones_per_period <= 1) lag_buffer *= 2;
  return b;
}

TimeBudget overtime_budget(const TimeControl& tc, PeriodClock clock, double& lag_buffer) {
  double t = clock.in_period;
  if (clock.periods > 1 &&
      minus_lag(t, lag_buffer) <
          minus_lag(tc.per_period_time / 2, lag_buffer) * (clock.periods - 1) / 4) {
    --clock.periods;
    t += tc.per_period_time;
  }
  const double stones = std::max(1, clock.stones);
  TimeBudget b;
  b.min = clock.stones <= 1 ? t : 0;
  b.recommended = t / stones;
  b.max = t / (0.75 * stones + 0.25);
  if (clock.periods <= 1 && clock.stones <= 1) lag_buffer *= 2;
  return b;
}

TimeBudget period_budget(const TimeControl& tc, const Spreader& spread, double& lag_buffer) {
  PeriodClock clock(tc);
  clock.convert_surplus_periods(tc);
  return clock.in_overtime ? overtime_budget(tc, clock, lag_buffer)
                           : main_time_budget(tc, clock, spread, lag_buffer);
}

TimeControl with_main(double main) {
  TimeControl tc;
  tc.original_main_time = tc.main_time_left = main;
  return tc;
}

TimeControl with_overtime(double main, double period, int periods, int stones) {
  TimeControl tc = with_main(main);
  tc.per_period_time = period;
  tc.original_num_periods = tc.num_periods_left = periods;
  tc.num_stones_per_period = stones;
  return tc;
}

// Share of the middle game at this turn, 0 .. 1.
double midgame_weight(const SearchParams& params, const SearchProgress& p) {
  const double scale = p.area / 361.0;
  const double peak = params.midgame_turn_peak_time * scale;
  const double weight = p.turn < peak
                            ? p.turn / peak
                            : std::exp(-(p.turn - peak) / (params.endgame_turn_time_decay * scale));
  return std::clamp(weight, 0.0, 1.0);
}

}  // namespace

TimeControl TimeControl::absolute(double main) { return with_main(main); }

TimeControl TimeControl::canadian(double main, double period, int stones) {
  if (stones <= 0) return period > 0 ? unlimited() : absolute(main);
  return with_overtime(main, period, 1, stones);
}

TimeControl TimeControl::byo_yomi(double main, double period, int periods) {
  return periods <= 0 ? absolute(main) : with_overtime(main, period, periods, 1);
}

TimeControl TimeControl::fischer(double main, double increment) {
  TimeControl tc = with_main(main);
  tc.increment = increment;
  return tc;
}

TimeControl TimeControl::fischer_capped(double main, double increment, double limit,
                                        double max_per_move) {
  TimeControl tc = fischer(main, increment);
  tc.main_time_limit = limit;
  tc.max_time_per_move = max_per_move;
  return tc;
}

TimeControl TimeControl::without_limits_default() { return byo_yomi(1, 5, 5); }

bool TimeControl::effectively_unlimited() const {
  const bool endless =
      main_time_left > kUnlimited || (in_overtime && time_left_in_period > kUnlimited);
  return endless && max_time_per_move > kUnlimited;
}

void TimeControl::set_time_left(double seconds, int stones_or_periods) {
  if (stones_or_periods <= 0) {
    main_time_left = seconds;
    in_overtime = false;
    num_periods_left = original_num_periods;
    num_stones_left = 0;
    time_left_in_period = 0;
    return;
  }
  main_time_left = 0;
  in_overtime = true;
  time_left_in_period = seconds;
  if (original_num_periods > 1 && num_stones_per_period == 1) {
    num_periods_left = std::min(stones_or_periods, original_num_periods);
    num_stones_left = 1;
  } else {
    num_periods_left = 1;
    num_stones_left = std::min(stones_or_periods, num_stones_per_period);
  }
}

TimeBudget base_budget(const TimeControl& tc, int area, int stones, double lag_buffer) {
  const Spreader spread(area, stones);
  double buffer = lag_buffer;
  TimeBudget b =
      uses_periods(tc) ? period_budget(tc, spread, buffer) : fischer_budget(tc, spread, buffer);
  b.max = std::min(b.max, tc.max_time_per_move);
  b.max = std::max(0.0, minus_lag(b.max, buffer));
  b.min = std::min(b.max, std::max(0.0, minus_lag(b.min, buffer)));
  b.recommended = std::min(b.max, std::max(0.0, minus_lag(b.recommended, buffer)));
  return b;
}

double round_up(const TimeControl& tc, double lag_buffer, double used, double limit) {
  if (!uses_periods(tc)) return limit;
  const bool started_in_main = !tc.in_overtime;
  TimeControl moved = tc;
  (moved.in_overtime ? moved.time_left_in_period : moved.main_time_left) -= used;
  const PeriodClock clock(moved);

  const int stones_per_period = std::max(1, tc.num_stones_per_period);
  const double per_move = tc.per_period_time / stones_per_period;
  const double usable = minus_lag(per_move, lag_buffer);
  const double bit = std::min(std::max(lag_buffer, 0.01 * usable), usable);
  double target = 0;
  if (!clock.in_overtime) {
    if (clock.main >= per_move / 2) return limit;
    target = used + clock.main + (tc.num_stones_per_period <= 1 ? usable : bit);
  } else if (clock.in_period <= 0) {
    return limit;
  } else if (clock.stones > 1) {
    const double into_period = tc.per_period_time - clock.in_period;
    if (!started_in_main || into_period >= bit) return limit;
    target = used + bit - into_period;
  } else {
    target = minus_lag(used + clock.in_period, lag_buffer);
  }
  return target < used ? limit : std::max(limit, target);
}

double seconds_beside_search(const TimeControl& tc, double lag_buffer, double used) {
  if (tc.effectively_unlimited()) return kUnlimited;
  constexpr double kShareOfMainTime = 0.05;
  const double gone = used + lag_buffer;
  const double left = tc.in_overtime
                          ? tc.time_left_in_period / std::max(1, tc.num_stones_left) - gone
                          : kShareOfMainTime * (tc.main_time_left - gone);
  return std::max(0.0, std::min(left, tc.max_time_per_move - gone));
}

double search_time_limit(const TimeControl& tc, const SearchParams& params,
                         const SearchProgress& progress,
                         const std::function<bool(double limit)>& is_futile) {
  const double lag = params.lag_buffer;
  const TimeBudget b = base_budget(tc, progress.area, progress.stones, lag);
  double rec = b.recommended * params.overallocate_time_factor;
  if (params.midgame_time_factor != 1) {
    rec *= 1 + midgame_weight(params, progress) * (params.midgame_time_factor - 1);
  }
  if (params.obvious_moves_time_factor < 1 && progress.surprise >= 0 &&
      progress.policy_entropy >= 0) {
    const double obvious =
        std::min(std::exp(-progress.policy_entropy / params.obvious_moves_policy_entropy_tolerance),
                 std::exp(-progress.surprise / params.obvious_moves_policy_surprise_tolerance));
    rec *= 1 + obvious * (params.obvious_moves_time_factor - 1);
  }
  if (rec > 1e-20) {
    const double left = (rec - progress.carried_over_seconds) / rec;
    rec *= std::min(1.0, std::log(1 + std::exp(6 * left)) / 6);
  }
  rec = std::min(round_up(tc, lag, progress.used_seconds, rec), b.max);
  if (is_futile && is_futile(rec)) {
    rec = progress.used_seconds * (1 - 1e-10);
    // Time that would be lost anyway is used all the same.
    rec = std::min(round_up(tc, lag, progress.used_seconds, rec), b.max);
  }
  rec = std::max(rec, b.min) * progress.search_factor;
  return std::min(rec, b.max);
}

}  // namespace hayago::search
