// What errors cost, and where fine channels go.
#include "quant/sensitivity.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/fuse.h"
#include "quant/steps.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

constexpr int kSize = 9, kPoints = kSize * kSize;

// Sum over the board of p (1 - p), which is the variance of a drawn move.
double spread(const TestOutput& output) {
  double total = std::exp(static_cast<double>(output.pass[0])), sum = 0;
  for (int i = 0; i < kPoints; ++i) total += std::exp(double{output.policy[std::size_t(i)]});
  for (int i = 0; i < kPoints; ++i) {
    const double p = std::exp(double{output.policy[std::size_t(i)]}) / total;
    sum += p * (1 - p);
  }
  return sum;
}

TEST_CASE("the policy's last layer is as sensitive as its Fisher information", "[quant]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  quant::SensitivityObserver observer(model, {}, kSize, kSize), other(model, {}, kSize, kSize);
  const nn::CpuExecutor executor(model, {}, nn::Precision{});
  CHECK(observer.result().empty());
  constexpr int kPositions = 200;
  double expected = 0;
  for (unsigned i = 0; i < kPositions; ++i) {
    const TestInput input = random_input(executor.info(), kSize, kSize, kSize, kSize, i);
    const nn::PositionInput view = input.view();
    (i % 4 == 0 ? other : observer).add(view, i);
    expected += spread(run_one(executor, kSize, kSize, input)) / kPositions;
  }
  quant::Sensitivity sensitivity = observer.result();
  sensitivity.merge(other.result());
  CHECK(sensitivity.positions == kPositions);
  const std::vector<double>& outputs = sensitivity.outputs.at(model.policy.p2_conv.name);
  REQUIRE(outputs.size() == 1);
  // Half the squares are the divergence. 200 drawn moves.
  CHECK(outputs[0] * kPoints == Approx(expected / 2 / quant::kDivergence).epsilon(0.15));
  for (const nn::NarrowLayer& layer : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
    INFO(layer.name);
    const auto c_out = static_cast<std::size_t>(layer.c_out);
    CHECK(sensitivity.outputs.at(layer.name).size() == c_out * c_out);
    CHECK(sensitivity.inputs.at(layer.name).size() == static_cast<std::size_t>(layer.c_in));
  }
}

// A layer 1x1 whose first inputs have large weights.
struct Example {
  std::vector<float> weights;
  nn::NarrowLayer layer;
  quant::TensorStats input;

  Example(int c_in, int c_out, float factor) : input(static_cast<std::size_t>(c_in)) {
    for (int i = 0; i < c_in * c_out; ++i) {
      const float w = static_cast<float>(i * 7919 % 255 - 127) / 127;
      weights.push_back(w * factor * (i / c_out < 8 ? 4.0f : 1.0f));
    }
    layer.name = "layer";
    layer.weights = weights;
    layer.c_in = c_in;
    layer.c_out = c_out;
    std::vector<float> values(static_cast<std::size_t>(c_in));
    for (int p = 0; p < 500; ++p) {
      for (int c = 0; c < c_in; ++c) {
        values[static_cast<std::size_t>(c)] = static_cast<float>((p * (c + 3)) % 101) / 50;
      }
      input.add(values);
    }
  }
  quant::InputSteps steps() const { return {{layer}, input, {}, {}}; }
};

TEST_CASE("fine channels are those whose errors cost most", "[quant]") {
  const Example example(64, 16, 1);
  quant::InputSteps steps = example.steps();
  const double before = steps.cost();
  CHECK(steps.format().fine.empty());
  REQUIRE(steps.next_group() == 32);
  steps.add_group();
  CHECK(steps.cost() < 0.7 * before);
  const nn::LayerQuantization format = steps.format();
  REQUIRE(format.fine.size() == 32);
  for (std::int16_t c = 0; c < 8; ++c) CHECK(format.fine[static_cast<std::size_t>(c)] == c);
  steps.add_group();
  CHECK(steps.next_group() == 0);
  CHECK(steps.format().fine.size() == 64);
  // No value that was seen is cut off.
  for (std::size_t c = 0; c < 64; ++c) {
    const float step = format.scale * format.channel_scales[c];
    CHECK(example.input.highest[c] <= step * static_cast<float>(255 - format.zero));
  }
  // Channels that fill no vector have no room behind them.
  CHECK(Example(40, 16, 1).steps().next_group() == 0);
}

TEST_CASE("fine channels go where they are worth most", "[quant]") {
  // The same layer twice, once with few outputs for the same cost, and one that is narrow.
  const Example dear(64, 64, 1), cheap(64, 16, 1), odd(24, 8, 1);
  std::vector<quant::InputSteps> all = {dear.steps(), cheap.steps(), odd.steps()};
  const double products = 64.0 * 64 + 64 * 16 + 24 * 8;
  const auto fine = [&](double share) {
    std::vector<quant::InputSteps> steps = all;
    quant::share_out_fine_channels({&steps[0], &steps[1], &steps[2]}, products, share);
    double used = 0;
    std::vector<std::size_t> counts;
    for (const quant::InputSteps& s : steps) {
      counts.push_back(s.format().fine.size());
      used += static_cast<double>(counts.back()) * s.products();
    }
    CHECK(used <= share * products);
    return counts;
  };
  CHECK(fine(0) == std::vector<std::size_t>{0, 0, 0});
  CHECK(fine(0.1) == std::vector<std::size_t>{0, 32, 0});
  CHECK(fine(1) == std::vector<std::size_t>{64, 64, 0});
}

}  // namespace
}  // namespace hayago::test
