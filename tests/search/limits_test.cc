#include "search/root/limits.h"

#include <catch2/catch.hpp>

namespace hayago::search {

TEST_CASE("a search is decided when no move can catch up", "[search][limits]") {
  const std::vector<double> values{50, 20, 5}, visits{60, 25, 5};
  const double root = 91;
  // need = 0.5 * 60 = 30: the second move lacks 5.
  CHECK(is_decided(values, visits, root, 4, 0.5, 0));
  CHECK_FALSE(is_decided(values, visits, root, 5, 0.5, 0));
  // More visits to come than the threshold allows for.
  CHECK_FALSE(is_decided({50}, {90}, root, 46, 0.5, 0));
  CHECK(is_decided({50}, {90}, root, 45, 0.5, 0));
  // The move with most visits is not the best.
  CHECK_FALSE(is_decided({50, 60, 5}, visits, root, 1, 0.5, 0));
  // With temperature any move that may be drawn matters: need = 60 * 0.01^0.5 = 6.
  CHECK_FALSE(is_decided(values, {60, 5, 5}, root, 1, 0.5, 0.5));
  CHECK(is_decided(values, {60, 4, 4}, root, 1, 0.5, 0.5));
}

TEST_CASE("limits follow the search factor and passes", "[search][limits]") {
  SearchParams p;
  p.max_visits = 101;
  p.max_playouts = 50;
  p.max_time = 10;
  p.search_factor_after_one_pass = 0.5;
  p.search_factor_after_two_pass = 0.25;
  GameState state(Board(9, 9), Color::kBlack, Rules{});
  SearchLimits limits;
  CHECK(effective_limits(p, limits, state).max_visits == 101);
  limits.search_factor = 0.76;
  const EffectiveLimits reduced = effective_limits(p, limits, state);
  CHECK(reduced.max_visits == 77);  // 76.76, upwards
  CHECK(reduced.max_playouts == 38);
  CHECK(reduced.max_seconds == Approx(7.6));
  limits.search_factor = 1;
  state.make_move(state.board().loc(2, 2), Color::kBlack);
  state.make_move(kPassLoc, Color::kWhite);
  CHECK(effective_limits(p, limits, state).max_visits == 51);
  state.make_move(state.board().loc(6, 6), Color::kBlack);
  state.make_move(kPassLoc, Color::kWhite);
  CHECK(effective_limits(p, limits, state).max_visits == 26);
  limits.search_factor = 1e40;
  CHECK(effective_limits(p, limits, state).max_visits == std::int64_t{1} << 62);
  limits.pondering = true;
  p.max_visits_pondering = 8;
  limits.search_factor = 1;
  CHECK(effective_limits(p, limits, state).max_visits == 2);
}

}  // namespace hayago::search
