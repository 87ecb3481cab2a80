// Handicap placements; the figures are those of the recorded transcripts.
#include "search/play/handicap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace hayago::search;

namespace {

std::string fixed(int x_size, int y_size, int stones) {
  const auto points = fixed_handicap_points(x_size, y_size, stones);
  if (!points) return points.error;
  const Board board(x_size, y_size);
  std::string text;
  for (const Loc l : *points.value) text += (text.empty() ? "" : " ") + loc_to_string(l, board);
  return text;
}

}  // namespace

TEST_CASE("fixed handicap points", "[play]") {
  CHECK(fixed(19, 19, 2) == "Q16 D4");
  CHECK(fixed(19, 19, 3) == "D16 Q16 D4");
  CHECK(fixed(19, 19, 4) == "D16 Q16 D4 Q4");
  CHECK(fixed(19, 19, 5) == "D16 Q16 K10 D4 Q4");
  CHECK(fixed(19, 19, 6) == "D16 Q16 D10 Q10 D4 Q4");
  CHECK(fixed(19, 19, 7) == "D16 Q16 D10 K10 Q10 D4 Q4");
  CHECK(fixed(19, 19, 8) == "D16 K16 Q16 D10 Q10 D4 K4 Q4");
  CHECK(fixed(19, 19, 9) == "D16 K16 Q16 D10 K10 Q10 D4 K4 Q4");
  CHECK(fixed(9, 9, 2) == "G7 C3");
  CHECK(fixed(13, 13, 9) == "D10 G10 K10 D7 G7 K7 D4 G4 K4");
  CHECK(fixed(10, 10, 4) == "C8 H8 C3 H3");
  CHECK(fixed(7, 7, 3) == "C5 E5 C3");
  CHECK(fixed(13, 9, 7) == "D7 K7 D5 G5 K5 D3 K3");
  CHECK(fixed(9, 13, 9) == "C10 E10 G10 C7 E7 G7 C4 E4 G4");
}

TEST_CASE("impossible fixed handicaps are explained", "[play]") {
  CHECK_THAT(fixed(19, 19, 10), Catch::Contains("at most 9") && Catch::Contains("place_free"));
  CHECK_THAT(fixed(19, 19, 1), Catch::Contains("at least 2 stones, not 1"));
  CHECK_THAT(fixed(10, 10, 5), Catch::Contains("odd"));
  CHECK_THAT(fixed(7, 7, 5), Catch::Contains("above 7"));
  CHECK_THAT(fixed(6, 6, 2), Catch::Contains("7x7"));
}

TEST_CASE("free handicap stones come from the policy", "[play]") {
  EvaluatorConfig config;
  config.nn_x = config.nn_y = 9;
  config.randomize = false;
  Evaluator evaluator(hayago::nn::make_fake_executor(), config);
  const GameState state(Board(9, 9), Color::kBlack, Rules{});
  const auto first = place_free_handicap(evaluator, state, 5, 0.5, 1);
  REQUIRE(first.size() == 5);
  CHECK(std::is_sorted(first.begin(), first.end()));
  CHECK(std::set<Loc>(first.begin(), first.end()).size() == 5);
  CHECK(place_free_handicap(evaluator, state, 5, 0.5, 1) == first);
  CHECK(place_free_handicap(evaluator, state, 5, 0.5, 2) != first);
  CHECK(max_free_handicap(9, 9) == 20);
  CHECK(max_free_handicap(19, 19) == 30);
  CHECK(place_free_handicap(evaluator, state, 1000, 0.5, 1).size() == 20);
  CHECK(state.board().stones_on_board() == 0);

  // Temperature 0.25: a point of k times the probability is drawn k^4 times as often.
  Evaluator::Request request;
  request.state = &state;
  const auto thread = evaluator.make_thread(1);
  const auto policy = evaluator.evaluate(*thread, request)->policy;
  double above_median = 0;
  std::vector<float> sorted(policy.begin(), policy.end() - 1);
  std::nth_element(sorted.begin(), sorted.begin() + 40, sorted.end());
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Loc l = place_free_handicap(evaluator, state, 1, 0.5, seed).front();
    const auto i = static_cast<std::size_t>(state.board().y_of(l) * 9 + state.board().x_of(l));
    above_median += policy[i] > sorted[40] ? 1.0 / 200 : 0.0;
  }
  double expected = 0, total = 0;
  for (std::size_t i = 0; i < 81; ++i) {
    const double weight = std::pow(double{policy[i]}, 4);
    total += weight;
    if (policy[i] > sorted[40]) expected += weight;
  }
  expected /= total;
  CHECK(expected > 0.9);
  // Binomial standard deviation of 200 draws: at most 2.2 %.
  CHECK(above_median == Approx(expected).margin(0.07));
}

TEST_CASE("set_free_handicap checks its points", "[play]") {
  const Board empty(5, 5);
  const auto board = free_handicap_board(empty, {empty.loc(1, 1), empty.loc(3, 3)});
  REQUIRE(board);
  CHECK(board.value->stones_of(Color::kBlack) == 2);
  CHECK(free_handicap_board(empty, {}).value->stones_on_board() == 0);
  CHECK_THAT(free_handicap_board(empty, {empty.loc(1, 1), empty.loc(1, 1)}).error,
             Catch::Contains("B4 is named twice"));
  CHECK_FALSE(free_handicap_board(empty, {kPassLoc}));
  CHECK_FALSE(free_handicap_board(empty, {kNullLoc}));
  std::vector<Loc> all;
  for (int i = 0; i < 25; ++i) all.push_back(empty.loc(i % 5, i / 5));
  CHECK_THAT(free_handicap_board(empty, all).error, Catch::Contains("liberties"));
}
