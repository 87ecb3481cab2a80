// Mixed precision: which layers stay in float.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "gtp/accuracy/net_batch.h"
#include "gtp/accuracy/positions.h"
#include "gtp/quantize/mixed.h"
#include "nn/model/write.h"
#include "quant/observe.h"
#include "tests/support/game_records.h"
#include "tests/support/process.h"

namespace hayago::test {
namespace {

using gtp::PositionOptions;
using gtp::PositionSets;

PositionOptions small_options() {
  PositionOptions options;
  options.size = 9;
  options.calibrate = 6;
  options.evaluate = 8;
  options.every_moves = 6;
  return options;
}

}  // namespace

TEST_CASE("quantize: the most sensitive layers stay in float", "[quantize]") {
  const TempDir folder;
  write_filling_records(folder, 9, 9);
  const PositionSets sets = gtp::read_positions({folder.path()}, small_options());
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  quant::Calibrator calibrator(model, {}, 9, 9, 8);
  gtp::NetBatch batch(calibrator.info(), 9, 8);
  batch.fill(std::span(sets.calibrate.states).first(6));
  calibrator.add(batch.inputs());
  const nn::Precision all = calibrator.precision({});

  gtp::QuantizationBudget budget;
  budget.winrate_points = 100;
  const auto easy = gtp::choose_int8_layers(model, all, 9, sets.calibrate.states, budget);
  CHECK(easy.within_budget);
  CHECK(easy.kept.empty());
  CHECK(easy.precision.layers.size() == all.layers.size());

  budget.winrate_points = 1e-9;
  budget.least_int8_share = 0.5;
  int steps = 0;
  const auto hard =
      gtp::choose_int8_layers(model, all, 9, sets.calibrate.states, budget, [&] { ++steps; });
  CHECK_FALSE(hard.within_budget);
  CHECK(steps == static_cast<int>(all.layers.size()));
  REQUIRE(hard.ranking.size() == all.layers.size());
  CHECK(std::is_sorted(hard.ranking.begin(), hard.ranking.end(), [](const auto& a, const auto& b) {
    return a.winrate_points > b.winrate_points;
  }));
  CHECK_FALSE(hard.kept.empty());
  const auto price = [](const auto& layer) {
    return layer.winrate_points * layer.winrate_points / layer.mac_share;
  };
  const auto first =
      std::max_element(hard.ranking.begin(), hard.ranking.end(),
                       [&](const auto& a, const auto& b) { return price(a) < price(b); });
  CHECK(hard.kept.front() == first->layer);
  CHECK(hard.int8_share >= 0.5);
  CHECK(hard.precision.layers.size() + hard.kept.size() == all.layers.size());
}

}  // namespace hayago::test
