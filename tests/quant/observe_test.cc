// Calibration: what the network's layers see.
#include "quant/observe.h"

#include <catch2/catch.hpp>

#include "nn/model/write.h"
#include "nn/plan/fuse.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

using quant::Calibrator;
using quant::RangeMethod;

constexpr int kSize = 9, kBatch = 4;

std::vector<TestInput> positions(const nn::NetInfo& info, int count) {
  std::vector<TestInput> inputs;
  for (int i = 0; i < count; ++i) {
    inputs.push_back(
        random_input(info, kSize, kSize, i == 1 ? 7 : kSize, kSize, static_cast<unsigned>(i)));
  }
  return inputs;
}

void add_all(Calibrator& calibrator, const std::vector<TestInput>& inputs) {
  for (const TestInput& input : inputs) {
    const nn::PositionInput view = input.view();
    calibrator.add({&view, 1});
  }
}

TEST_CASE("calibration sees every layer's inputs on the board", "[quant]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const nn::Plan plan = nn::fuse(nn::build_plan(model));
    Calibrator calibrator(model, {}, kSize, kSize, kBatch);
    const auto inputs = positions(calibrator.info(), 3);
    add_all(calibrator, inputs);
    const std::uint64_t points = 2 * kSize * kSize + 7 * kSize;
    const auto layers = calibrator.layer_inputs();
    std::size_t quantizable = 0;
    INFO(describe(options));
    for (const nn::Op& op : plan.ops) {
      if (!nn::can_be_narrow(plan, op)) continue;
      ++quantizable;
      const auto* conv = std::get_if<nn::ConvOp>(&op);
      const std::string name = conv != nullptr ? conv->name : std::get<nn::MatMulOp>(op).name;
      const int channels = conv != nullptr ? conv->shape.c_in : std::get<nn::MatMulOp>(op).c_in;
      INFO(name);
      REQUIRE(layers.count(name) == 1);
      CHECK(layers.at(name).histogram.count() == points * static_cast<std::uint64_t>(channels));
    }
    CHECK(layers.size() == quantizable);
  }
}

TEST_CASE("a calibrated int8 network is close to the float network", "[quant]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    Calibrator calibrator(model, {}, kSize, kSize, kBatch);
    add_all(calibrator, positions(calibrator.info(), 6));
    const nn::CpuExecutor exact(model, {}, nn::Precision{});
    const TestInput input = random_input(exact.info(), kSize, kSize, kSize, kSize, 99);
    for (const RangeMethod method : {RangeMethod::kMax, RangeMethod::kMse}) {
      const nn::CpuExecutor rounded(
          model, {}, calibrator.precision({method, {}, true, quant::Rounding::kCompensated}));
      INFO(describe(options) << " " << quant::range_method_name(method));
      // Six random positions do not show all that another may reach.
      CHECK(worst_relative(run_one(exact, kSize, kSize, input),
                           run_one(rounded, kSize, kSize, input)) < 0.25);
    }
  }
}

TEST_CASE("only convolutions of several taps are integers for layers in float", "[quant]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    Calibrator calibrator(model, {}, kSize, kSize, kBatch);
    add_all(calibrator, positions(calibrator.info(), 6));
    const auto integers = calibrator.float_layer_weights(model, {});
    CHECK(integers.size() > 0);  // the first layer
    for (const auto& layer : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
      const auto pairs = static_cast<std::size_t>(layer.c_in * layer.c_out);
      INFO(describe(options) << " " << layer.name);
      REQUIRE(integers.contains(layer.name) == (layer.weights.size() > pairs));
      if (!integers.contains(layer.name)) continue;
      const nn::QuantizedWeights& weights = *integers.at(layer.name);
      REQUIRE(weights.scales.size() == pairs);
      for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        // No weight is cut off.
        CHECK(127.001f * weights.scales[i % pairs] >= std::abs(layer.weights[i]));
      }
    }
  }
}

TEST_CASE("calibration without data or with infinities is refused", "[quant]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  const Calibrator nothing(model, {}, kSize, kSize, kBatch);
  CHECK_THROWS_WITH(nothing.precision({}), Catch::Contains("no position has reached it"));
  Calibrator infinite(model, {}, kSize, kSize, kBatch);
  TestInput input = random_input(infinite.info(), kSize, kSize, kSize, kSize, 1);
  input.global[0] = std::numeric_limits<float>::infinity();
  const nn::PositionInput view = input.view();
  infinite.add({&view, 1});
  CHECK_THROWS_WITH(infinite.precision({}), Catch::Contains("infinite or not a number"));
}

}  // namespace
}  // namespace hayago::test
