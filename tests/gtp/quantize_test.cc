// Positions for calibration, what differences between networks are called, and mixed precision.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "gtp/quantize/accuracy.h"
#include "gtp/quantize/mixed.h"
#include "gtp/quantize/net_batch.h"
#include "gtp/quantize/positions.h"
#include "nn/model/write.h"
#include "quant/observe.h"
#include "tests/support/process.h"

namespace hayago::test {
namespace {

using gtp::Accuracy;
using gtp::PositionOptions;
using gtp::PositionSets;

// A record of `moves` moves that fill a board from the top, starting at a point of its own.
std::string record(int game, int size, int moves) {
  std::string text = fmt::format("(;GM[1]FF[4]SZ[{}]KM[6.5]", size);
  for (int i = 0; i < moves; ++i) {
    const int p = (i * 2 + game) % (size * size);
    text += fmt::format(";{}[{}{}]", i % 2 == 0 ? 'B' : 'W', static_cast<char>('a' + p % size),
                        static_cast<char>('a' + p / size));
  }
  return text + ")";
}

void write_records(const TempDir& folder, int games, int size) {
  for (int i = 0; i < games; ++i) {
    folder.write(fmt::format("g{:02}.sgf", i), record(i, size, 24));
  }
}

// Recognises the game by its first stone.
int game_of(const search::GameState& state) {
  for (int p = 0; p < 81; ++p) {
    if (state.board().at(state.board().loc(p % 9, p / 9)) != search::Color::kEmpty) return p;
  }
  return -1;
}

PositionOptions small_options() {
  PositionOptions options;
  options.size = 9;
  options.calibrate = 6;
  options.evaluate = 8;
  options.every_moves = 6;
  return options;
}

nn::NetOutput output(std::vector<float> policy, double win, double lead) {
  nn::NetOutput out;
  out.policy = std::move(policy);
  out.white_win = static_cast<float>(win);
  out.white_loss = static_cast<float>(1 - win);
  out.white_lead = static_cast<float>(lead);
  return out;
}

}  // namespace

TEST_CASE("quantize: no game calibrates and judges", "[quantize]") {
  const TempDir folder;
  write_records(folder, 12, 9);
  const PositionSets sets = gtp::read_positions({folder.path()}, small_options());
  CHECK(sets.calibrate.size() == 6);
  CHECK(sets.evaluate.size() == 8);
  CHECK(sets.calibrate_games == 2);
  CHECK(sets.evaluate_games >= 2);
  std::set<int> first, second;
  for (const auto& state : sets.calibrate) first.insert(game_of(state));
  for (const auto& state : sets.evaluate) second.insert(game_of(state));
  CHECK(first.size() == 2);
  for (const int game : first) CHECK(second.count(game) == 0);

  // The seed decides, not the folder's order or the way the files are named.
  const PositionSets again = gtp::read_positions({folder.path()}, small_options());
  CHECK(game_of(again.calibrate[0]) == game_of(sets.calibrate[0]));
  std::set<int> by_seed;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    PositionOptions options = small_options();
    options.seed = seed;
    by_seed.insert(game_of(gtp::read_positions({folder.path()}, options).calibrate[0]));
  }
  CHECK(by_seed.size() > 1);
}

TEST_CASE("quantize: records that do not serve are left out or named", "[quantize]") {
  const TempDir folder;
  write_records(folder, 9, 9);
  folder.write("h1.sgf", record(0, 13, 20));
  folder.write("h2.sgf", "this is no record");
  folder.write("notes.txt", "neither is this");
  PositionOptions options = small_options();
  options.calibrate = options.evaluate = 1000;
  const PositionSets sets = gtp::read_positions({folder.path()}, options);
  CHECK(sets.other_sizes == 1);
  REQUIRE(sets.warnings.size() == 1);
  CHECK(sets.warnings[0].find("h2.sgf") != std::string::npos);
  CHECK(sets.calibrate_games + sets.evaluate_games == 9);
  CHECK_THROWS_WITH(gtp::read_positions({folder.path() + "/none"}, options),
                    Catch::Contains("none: no such file or folder"));
  options.size = 5;
  CHECK_THROWS_WITH(gtp::read_positions({folder.path()}, options),
                    Catch::Contains("no position to calibrate with"));
}

TEST_CASE("quantize: differences are what a player would see", "[quantize]") {
  Accuracy accuracy;
  const nn::NetOutput exact = output({0.5f, 0.3f, 0.2f, -1.0f}, 0.6, 2.5);
  accuracy.add(exact, exact);
  CHECK(accuracy.same_best_move() == 1);
  CHECK(accuracy.divergence.quantile(1) == 0);
  accuracy.add(exact, output({0.3f, 0.5f, 0.2f, -1.0f}, 0.57, 1.5));
  CHECK(accuracy.same_best_move() == 0.5);
  CHECK(accuracy.winrate_points.quantile(1) == Approx(3.0).epsilon(1e-4));
  CHECK(accuracy.winrate_points.mean() == Approx(1.5).epsilon(1e-4));
  CHECK(accuracy.lead_points.quantile(1) == Approx(1.0));
  CHECK(accuracy.closeness.mean() == Approx(0.6));
  CHECK(accuracy.divergence.quantile(1) ==
        Approx(0.5 * std::log(0.5 / 0.3) + 0.3 * std::log(0.3 / 0.5)).epsilon(1e-4));
  CHECK(accuracy.near_ties == 0);
  CHECK(gtp::accuracy_table(accuracy).find("50.00 % of 2 positions") != std::string::npos);
}

TEST_CASE("quantize: the most sensitive layers stay in float", "[quantize]") {
  const TempDir folder;
  write_records(folder, 9, 9);
  const PositionSets sets = gtp::read_positions({folder.path()}, small_options());
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  quant::Calibrator calibrator(model, {}, 9, 9, 8);
  gtp::NetBatch batch(calibrator.info(), 9, 8);
  batch.fill(std::span(sets.calibrate).first(6));
  calibrator.add(batch.inputs());
  const nn::Precision all = calibrator.precision({});

  gtp::QuantizationBudget budget;
  budget.winrate_points = 100;
  const auto easy = gtp::choose_int8_layers(model, all, 9, sets.calibrate, budget);
  CHECK(easy.within_budget);
  CHECK(easy.kept.empty());
  CHECK(easy.precision.layers.size() == all.layers.size());

  budget.winrate_points = 1e-9;
  budget.least_int8_share = 0.5;
  int steps = 0;
  const auto hard =
      gtp::choose_int8_layers(model, all, 9, sets.calibrate, budget, [&] { ++steps; });
  CHECK_FALSE(hard.within_budget);
  CHECK(steps == static_cast<int>(all.layers.size()));
  REQUIRE(hard.ranking.size() == all.layers.size());
  CHECK(std::is_sorted(hard.ranking.begin(), hard.ranking.end(), [](const auto& a, const auto& b) {
    return a.winrate_points > b.winrate_points;
  }));
  CHECK_FALSE(hard.kept.empty());
  CHECK(hard.kept.front() == hard.ranking.front().layer);
  CHECK(hard.int8_share >= 0.5);
  CHECK(hard.precision.layers.size() + hard.kept.size() == all.layers.size());
}

}  // namespace hayago::test
