// The budgets of spec/06: the table of section 2.3, the examples of section 3, and the figures the
// reference printed for kata-debug-print-tc (six significant digits).
#include "search/time_control.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "search/root/limits.h"

using namespace hayago::search;

namespace {

constexpr int kArea = 361;
constexpr double kLag = 1.0;

// Printed with six significant digits, so half a unit of the sixth digit is the resolution.
Approx printed(double value) { return Approx(value).epsilon(6e-6).margin(1e-12); }

TimeControl with_left(TimeControl tc, double seconds, int n) {
  tc.set_time_left(seconds, n);
  return tc;
}

struct BudgetCase {
  const char* name;
  TimeControl tc;
  double min, rec, max;
};

void check_budget(const BudgetCase& c) {
  CAPTURE(c.name);
  const TimeBudget b = base_budget(c.tc, kArea, 0, kLag);
  CHECK(b.min == printed(c.min));
  CHECK(b.recommended == printed(c.rec));
  CHECK(b.max == printed(c.max));
}

}  // namespace

TEST_CASE("time budgets match the table of the specification", "[time]") {
  const TimeControl canadian = TimeControl::canadian(300, 30, 5);
  const TimeControl byo_yomi = TimeControl::byo_yomi(60, 30, 5);
  const std::vector<BudgetCase> cases = {
      {"time_settings 300 30 5", canadian, 0, 8.31982, 66.5},
      {"time_left 120 0", with_left(canadian, 120, 0), 0, 8.31982, 30.5},
      {"time_left 12 3", with_left(canadian, 12, 3), 0, 3, 3.8},
      {"time_settings 60 0 0", TimeControl::canadian(60, 0, 0), 0, 0.162557, 10.8},
      {"absolute 900", TimeControl::absolute(900), 0, 3.95385, 178.8},
      {"byoyomi 60 30 5", byo_yomi, 0, 45.5991, 89},
      {"byoyomi time_left 20 5", with_left(byo_yomi, 20, 5), 19, 19, 19},
      {"byoyomi time_left 20 1", with_left(byo_yomi, 20, 1), 18, 18, 18},
      {"byoyomi 600 30 1", TimeControl::byo_yomi(600, 30, 1), 0, 45.5991, 149},
      {"byoyomi 10 30 8", TimeControl::byo_yomi(10, 30, 8), 0, 45.5991, 81.5},
      {"fischer 300 10", TimeControl::fischer(300, 10), 0, 11.0227, 66.8},
      {"fischer time_left 8 0", with_left(TimeControl::fischer(300, 10), 8, 0), 0, 6, 7},
      {"fischer-capped 60 20 70 15", TimeControl::fischer_capped(60, 20, 70, 15), 9, 14, 14},
      {"canadian 60 300 25", TimeControl::canadian(60, 300, 25), 0, 17.6396, 42.4211},
      {"canadian time_left 100 10", with_left(TimeControl::canadian(60, 300, 25), 100, 10), 0, 9,
       11.9032},
  };
  for (const BudgetCase& c : cases) check_budget(c);
}

TEST_CASE("time budgets match the recorded transcripts", "[time]") {
  const std::vector<BudgetCase> cases = {
      {"unlimited", TimeControl::unlimited(), 0, 5.5104e+27, 2e+29},
      {"0 1 0", TimeControl::canadian(0, 1, 0), 0, 5.5104e+27, 2e+29},
      {"300 0 0", TimeControl::canadian(300, 0, 0), 0, 0.823805, 58.8},
      {"300 30 10", TimeControl::canadian(300, 30, 10), 0, 3.65991, 62.871},
      {"200 left", with_left(TimeControl::canadian(300, 30, 10), 200, 0), 0, 3.65991, 42.871},
      {"25 left for 7", with_left(TimeControl::canadian(300, 30, 10), 25, 7), 0, 2.57143, 3.54545},
      {"12 left for 20", with_left(TimeControl::canadian(300, 30, 10), 12, 20), 0, 0.6, 0.774194},
      {"300.5 30.25 5", TimeControl::canadian(300.5, 30.25, 5), 0, 8.39749, 66.6625},
      {"10 0 5", TimeControl::canadian(10, 0, 5), 0, 0.027552, 1},
      {"absolute 100", TimeControl::absolute(100), 0, 0.272765, 18.8},
      {"absolute 50 left", with_left(TimeControl::absolute(100), 50, 0), 0, 0.135005, 8.8},
      {"byoyomi 20 left, 9", with_left(TimeControl::byo_yomi(600, 30, 5), 20, 9), 19, 19, 19},
      {"byoyomi 600 30 0", TimeControl::byo_yomi(600, 30, 0), 0, 2.30073, 118.8},
      {"canadian 600 300 25", TimeControl::canadian(600, 300, 25), 0, 17.6396, 134.789},
      {"canadian 100 left, 12", with_left(TimeControl::canadian(600, 300, 25), 100, 12), 0, 7.33333,
       9.81081},
      {"fischer 600 10", TimeControl::fischer(600, 10), 0, 13.1225, 126.8},
      {"fischer 60 left", with_left(TimeControl::fischer(600, 10), 60, 0), 0, 9.34296, 18.8},
      {"capped", TimeControl::fischer_capped(600, 10, 700, 30), 0, 13.1225, 29},
      {"byoyomi 600.5 30 5", TimeControl::byo_yomi(600.5, 30, 5), 0, 45.5991, 149.1},
  };
  for (const BudgetCase& c : cases) check_budget(c);
}

TEST_CASE("limits are rounded up to whole periods", "[time]") {
  const TimeControl one = TimeControl::byo_yomi(60, 30, 5);
  // The recommended 45.6 s leave less than half a period of main time.
  CHECK(round_up(one, kLag, 45.59, 45.5991) == printed(89));
  CHECK(round_up(one, kLag, 10, 45.5991) == printed(45.5991));
  CHECK(round_up(TimeControl::byo_yomi(10, 30, 8), kLag, 45.59, 45.5991) == printed(69));
  CHECK(round_up(with_left(one, 20, 1), kLag, 0, 18) == printed(19));
  CHECK(round_up(TimeControl::fischer(300, 10), kLag, 5, 11.0227) == printed(11.0227));
  CHECK(round_up(TimeControl::absolute(300), kLag, 5, 0.8) == printed(0.8));
}

TEST_CASE("the search limit follows budget, rounding and factors", "[time]") {
  SearchParams params;
  params.lag_buffer = kLag;
  SearchProgress progress;
  const TimeControl fischer = TimeControl::fischer(300, 10);
  CHECK(search_time_limit(fischer, params, progress) == printed(11.0227));

  progress.search_factor = 0.5;
  CHECK(search_time_limit(fischer, params, progress) == printed(11.0227 / 2));
  progress.search_factor = 100;
  CHECK(search_time_limit(fischer, params, progress) == printed(66.8));
  progress.search_factor = 1;

  // Time already spent on this position is credited: the limit falls, but never to zero at once.
  progress.carried_over_seconds = 5;
  const double credited = search_time_limit(fischer, params, progress);
  CHECK(credited < 11.0227);
  CHECK(credited > 11.0227 - 5 - 1e-9);
  progress.carried_over_seconds = 0;

  params.midgame_time_factor = 2;
  progress.turn = 130;
  CHECK(search_time_limit(fischer, params, progress) == printed(2 * 11.0227));
  progress.turn = 0;
  CHECK(search_time_limit(fischer, params, progress) == printed(11.0227));
  params.midgame_time_factor = 1;

  params.obvious_moves_time_factor = 0.25;
  progress.surprise = 0;
  progress.policy_entropy = 0;
  CHECK(search_time_limit(fischer, params, progress) == printed(0.25 * 11.0227));
  progress.policy_entropy = 100;
  CHECK(search_time_limit(fischer, params, progress) == printed(11.0227));
  progress.surprise = -1;
  progress.policy_entropy = 0;
  CHECK(search_time_limit(fischer, params, progress) == printed(11.0227));
}

TEST_CASE("byo-yomi periods are used up", "[time]") {
  SearchParams params;
  params.lag_buffer = kLag;
  SearchProgress progress;
  const TimeControl tc = with_left(TimeControl::byo_yomi(60, 30, 5), 20, 1);
  CHECK(search_time_limit(tc, params, progress) == printed(18));
  progress.used_seconds = 17;
  CHECK(search_time_limit(tc, params, progress) == printed(18));
}

TEST_CASE("a decided search ends at once, but uses time that would be lost", "[time]") {
  SearchParams params;
  params.lag_buffer = kLag;
  SearchProgress progress;
  progress.used_seconds = 4;
  double asked = 0;
  const auto futile = [&asked](double limit) {
    asked = limit;
    return true;
  };
  CHECK(search_time_limit(TimeControl::fischer(300, 10), params, progress, futile) ==
        Approx(4).epsilon(1e-9));
  CHECK(asked == printed(11.0227));
  // 18 seconds of the period are gone in any case.
  const TimeControl period = with_left(TimeControl::byo_yomi(60, 30, 5), 20, 1);
  CHECK(search_time_limit(period, params, progress, futile) == printed(18));
  // In main time nothing is lost by stopping early.
  CHECK(search_time_limit(TimeControl::byo_yomi(60, 30, 5), params, progress, futile) ==
        Approx(4).epsilon(1e-9));
}

TEST_CASE("time beside the search is what the move has left over", "[time]") {
  CHECK(seconds_beside_search(TimeControl::unlimited(), 1, 100) >= 1e20);
  CHECK(seconds_beside_search(TimeControl::absolute(60), 1, 19) == Approx(2));
  CHECK(seconds_beside_search(TimeControl::absolute(60), 1, 70) == 0);
  const TimeControl period = with_left(TimeControl::byo_yomi(60, 30, 5), 30, 1);
  CHECK(seconds_beside_search(period, 1, 20) == Approx(9));
  CHECK(seconds_beside_search(period, 1, 29.5) == 0);
  const TimeControl stones = with_left(TimeControl::canadian(60, 100, 10), 100, 10);
  CHECK(seconds_beside_search(stones, 1, 4) == Approx(5));
  CHECK(seconds_beside_search(TimeControl::fischer_capped(100, 5, 200, 6), 1, 4) == Approx(1));
}

TEST_CASE("no playout is begun that would end after the time", "[time]") {
  const SearchContext context;
  EffectiveLimits effective;
  effective.max_seconds = 2;
  SearchLimits limits, unlimited;
  limits.time_control = TimeControl::absolute(100);
  SearchClock clock(context, limits, effective, 0), without(context, unlimited, effective, 0);
  CHECK_FALSE(clock.is_over());
  std::this_thread::sleep_for(std::chrono::milliseconds(1050));
  CHECK(clock.is_over());  // one more step of this length would end after 2.1 seconds
  // Limits that nobody loses on are met from above, as they always were.
  const bool over = without.is_over();
  if (without.seconds() < 2) CHECK_FALSE(over);
}

TEST_CASE("what counts as unlimited time", "[time]") {
  CHECK(TimeControl::unlimited().effectively_unlimited());
  CHECK(TimeControl::canadian(10, 5, 0).effectively_unlimited());
  CHECK_FALSE(TimeControl::canadian(10, 0, 0).effectively_unlimited());
  CHECK_FALSE(TimeControl::absolute(10).effectively_unlimited());
  CHECK_FALSE(TimeControl::fischer_capped(1e25, 0, 1e25, 5).effectively_unlimited());
  CHECK_FALSE(TimeControl::without_limits_default().effectively_unlimited());
}

TEST_CASE("time_left sets main time or a period", "[time]") {
  TimeControl tc = TimeControl::byo_yomi(600, 30, 5);
  tc.set_time_left(20, 9);
  CHECK(tc.in_overtime);
  CHECK(tc.num_periods_left == 5);
  CHECK(tc.num_stones_left == 1);
  CHECK(tc.time_left_in_period == 20);
  CHECK(tc.main_time_left == 0);
  tc.set_time_left(100, 0);
  CHECK_FALSE(tc.in_overtime);
  CHECK(tc.num_periods_left == 5);
  CHECK(tc.main_time_left == 100);

  tc = TimeControl::canadian(600, 300, 25);
  tc.set_time_left(100, 40);
  CHECK(tc.num_periods_left == 1);
  CHECK(tc.num_stones_left == 25);
}
