#include "search/root/human_choice.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/search/search_fixture.h"

namespace hayago::search {
namespace {

constexpr Loc kFirst = 40, kSecond = 50;

// Values after blending 60, 30 and 10 of two moves and pass with policies 0.5, 0.3, 0.2.
std::vector<double> blended(const SearchParams& params,
                            std::vector<double> policy = {0.5, 0.3, 0.2},
                            const std::vector<double>& utilities = {0, 0, 0}) {
  std::vector<double> values{60, 30, 10};
  blend_policy(params, {kFirst, kSecond, kPassLoc}, policy, utilities, values);
  return values;
}

void check_list(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(want[i]));
}

}  // namespace

TEST_CASE("the human policy replaces a share of the values", "[search][human]") {
  SearchParams params;
  params.human_sl_chosen_move_prop = 1;
  check_list(blended(params), {50, 30, 20});
  params.human_sl_chosen_move_prop = 0.25;
  check_list(blended(params), {57.5, 30, 12.5});
}

TEST_CASE("utilities bend the human policy", "[search][human]") {
  SearchParams params;
  params.human_sl_chosen_move_prop = 1;
  params.human_sl_chosen_move_pikl_lambda = 0.1;
  const double a = 0.5, b = 0.3 * std::exp(-2), pass = 0.2 * std::exp(-1);
  const double sum = a + b + pass;
  check_list(blended(params, {0.5, 0.3, 0.2}, {0.1, -0.1, 0}),
             {100 * a / sum, 100 * b / sum, 100 * pass / sum});
  params.human_sl_chosen_move_pikl_lambda = 0;  // only the best
  check_list(blended(params, {0.5, 0.3, 0.2}, {0, 0.1, 0}), {0, 100, 0});
}

TEST_CASE("the human policy may leave pass alone", "[search][human]") {
  SearchParams params;
  params.human_sl_chosen_move_prop = 1;
  params.human_sl_chosen_move_ignore_pass = true;
  // 90 of 100 for moves other than pass, 5 : 3.
  check_list(blended(params), {56.25, 33.75, 10});
  // Nothing but pass: the policy stands.
  check_list(blended(params, {0, 0, 0.2}), {0, 0, 100});
}

TEST_CASE("moves that the human may not play get nothing", "[search][human]") {
  SearchParams params;
  params.human_sl_chosen_move_prop = 1;
  check_list(blended(params, {0.5, 0.3, -1}), {62.5, 37.5, 0});
  check_list(blended(params, {-1, -1, -1}), {60, 30, 10});
}

namespace {

// A fake human network beside the fake main one.
struct HumanEngine {
  explicit HumanEngine(const SearchParams& params) {
    EvaluatorConfig config;
    config.randomize = false;
    main = std::make_unique<Evaluator>(nn::make_fake_executor(8), config);
    human = std::make_unique<Evaluator>(nn::make_fake_executor(8), config);
    engine = std::make_unique<Engine>(params, main.get(), human.get(), "test");
    engine->set_position(GameState(Board(9, 9), Color::kBlack, Rules{}));
    engine->search({});
  }
  std::unique_ptr<Evaluator> main, human;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("the engine plays what the human policy says", "[search][human]") {
  SearchParams params = test::visits_params(60);
  params.human_sl_chosen_move_prop = 1;
  params.chosen_move_temperature = params.chosen_move_temperature_early = 0;
  const HumanEngine h(params);
  SearchReport report;
  REQUIRE(h.engine->report({}, report));
  REQUIRE(report.moves.size() > 3);
  double prior_sum = 0, value_sum = 0;
  for (const MoveReport& m : report.moves) {
    prior_sum += m.human_prior;
    value_sum += m.play_selection_value;
  }
  for (const MoveReport& m : report.moves) {
    CHECK(m.play_selection_value / value_sum == Approx(m.human_prior / prior_sum));
  }
  // The chosen move may be one that the search has not looked at.
  const NetOutput& human = *report.root.human_raw;
  const auto best = static_cast<int>(std::max_element(human.policy.begin(), human.policy.end()) -
                                     human.policy.begin());
  CHECK(h.engine->choose_move() ==
        h.engine->state().board().loc(best % human.width, best / human.width));
}

TEST_CASE("moves without visits count as average for the human choice", "[search][human]") {
  SearchParams params = test::visits_params(40);
  params.human_sl_chosen_move_prop = 1;
  params.human_sl_chosen_move_pikl_lambda = 1e-6;  // the best utility wins
  params.chosen_move_temperature = params.chosen_move_temperature_early = 0;
  const HumanEngine h(params);
  SearchReport report;
  REQUIRE(h.engine->report({}, report));
  const auto best = std::min_element(
      report.moves.begin(), report.moves.end(),
      [](const MoveReport& a, const MoveReport& b) { return a.utility < b.utility; });
  CHECK(h.engine->choose_move() == best->move);  // Black's best is White's least
}

}  // namespace hayago::search
