// Gradients through whole networks against differences of their outputs.
#include "quant/backward.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/fuse.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

constexpr int kSize = 7;

// The number: a random weighted sum of all outputs on the board.
struct WeightedSum {
  TestOutput weights;

  WeightedSum(const nn::NetInfo& net, const TestInput& input) : weights(net, kSize * kSize) {
    std::mt19937 random(5);
    for (auto* part :
         {&weights.policy, &weights.pass, &weights.value, &weights.score, &weights.ownership}) {
      for (float& w : *part) w = static_cast<float>(random() % 256) / 128.0f - 1.0f;
    }
    // What a network says beyond the board has no meaning.
    const nn::PositionInput view = input.view();
    for (int p = 0; p < kSize * kSize; ++p) {
      if (view.on_board(p, net.c_spatial)) continue;
      weights.ownership[static_cast<std::size_t>(p)] = 0;
      for (int c = 0; c < net.policy_channels; ++c) {
        weights.policy[static_cast<std::size_t>(c * kSize * kSize + p)] = 0;
      }
    }
  }

  double of(const TestOutput& output) const {
    const std::vector<float> w = weights.flat(), values = output.flat();
    double sum = 0;
    for (std::size_t i = 0; i < w.size(); ++i) sum += static_cast<double>(w[i]) * values[i];
    return sum;
  }

  void seed(const nn::Plan& plan, quant::BackwardPass& back) const {
    const auto planes = [&](nn::TensorId id, const std::vector<float>& values, std::size_t rows) {
      const auto channels = static_cast<std::size_t>(plan.tensor(id).channels);
      const auto stride = static_cast<std::size_t>(kernels::padded(plan.tensor(id).channels));
      for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t r = 0; r < rows; ++r) {
          back.gradient(id)[r * stride + c] = values[c * rows + r];
        }
      }
    };
    planes(plan.policy, weights.policy, kSize * kSize);
    planes(plan.ownership, weights.ownership, kSize * kSize);
    planes(plan.pass, weights.pass, 1);
    planes(plan.value, weights.value, 1);
    planes(plan.score, weights.score, 1);
  }
};

// The input moved along a direction; boards stay what they are.
TestInput moved(const nn::NetInfo& net, const TestInput& from, const TestInput& along, float by) {
  TestInput result = from;
  const auto planes = static_cast<std::size_t>(net.c_spatial);
  for (std::size_t i = 0; i < result.spatial.size(); ++i) {
    const bool on_board = from.spatial[i / planes * planes] != 0;
    if (i % planes != 0 && on_board) result.spatial[i] += by * along.spatial[i];
  }
  for (std::size_t i = 0; i < result.global.size(); ++i) result.global[i] += by * along.global[i];
  return result;
}

TEST_CASE("gradients say how outputs change with inputs", "[quant][backward]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const nn::CpuExecutor executor(model, {}, /*fuse=*/false);
    const nn::NetInfo& net = executor.info();
    const nn::Plan plan = nn::build_plan(model);
    quant::BackwardPass back(plan);
    for (const int board : {kSize, 5}) {
      const TestInput input = random_input(net, kSize, kSize, board, kSize, 3);
      const TestInput along = random_input(net, kSize, kSize, kSize, kSize, 4);
      const WeightedSum number(net, input);
      const auto context = executor.make_cpu_context(kSize, kSize, 1, 1);
      context->observe(&back);
      run_batch(*context, net, kSize * kSize, {input});
      back.clear();
      number.seed(plan, back);
      back.run();
      const TestInput ahead = moved(net, input, along, 1);
      double expected = 0, squares = 0;
      const auto add = [&](double gradient, double by) {
        expected += gradient * by;
        squares += gradient * by * gradient * by;
      };
      const auto stride = static_cast<std::size_t>(kernels::padded(net.c_spatial));
      for (std::size_t i = 0; i < input.spatial.size(); ++i) {
        const auto planes = static_cast<std::size_t>(net.c_spatial);
        add(back.gradient(plan.spatial)[i / planes * stride + i % planes],
            static_cast<double>(ahead.spatial[i]) - input.spatial[i]);
      }
      for (std::size_t i = 0; i < input.global.size(); ++i) {
        add(back.gradient(plan.global)[i], static_cast<double>(ahead.global[i]) - input.global[i]);
      }
      constexpr float kStep = 1e-3f;
      const double difference =
          (number.of(run_one(executor, kSize, kSize, moved(net, input, along, kStep))) -
           number.of(run_one(executor, kSize, kSize, moved(net, input, along, -kStep)))) /
          (2.0 * kStep);
      INFO(describe(options) << ", board " << board);
      REQUIRE(std::abs(difference) > 0.01);
      // Rectifiers switch within the step: some percent of what single inputs contribute.
      CHECK(expected == Approx(difference).epsilon(0.01).margin(0.08 * std::sqrt(squares)));
    }
  }
}

TEST_CASE("there is no way back through plans that are fused", "[quant][backward]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  CHECK_THROWS_AS(quant::BackwardPass(nn::fuse(nn::build_plan(model))), std::invalid_argument);
}

}  // namespace
}  // namespace hayago::test
