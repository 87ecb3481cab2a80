// Random networks are useful for tests only if their outputs are neither saturated nor constant.
#include <catch2/catch.hpp>
#include <cmath>

#include "nn/model/write.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

constexpr int kSize = 9, kPositions = 6;

struct Spread {
  double rms = 0, between_positions = 0;
};

// Root mean square of a set of numbers over all positions, and its part that depends on the
// position.
template <class Numbers>
Spread spread_of(const std::vector<TestOutput>& outputs, Numbers numbers) {
  Spread spread;
  const std::size_t count = numbers(outputs[0]).size();
  for (std::size_t i = 0; i < count; ++i) {
    double mean = 0, square = 0;
    for (const TestOutput& output : outputs) {
      const double x = numbers(output)[i];
      mean += x / kPositions;
      square += x * x / kPositions;
    }
    spread.rms += square / static_cast<double>(count);
    spread.between_positions += (square - mean * mean) / static_cast<double>(count);
  }
  return {std::sqrt(spread.rms), std::sqrt(spread.between_positions)};
}

std::vector<TestOutput> outputs_of(const char* arch) {
  nn::SynthOptions options;
  options.arch = arch;
  const auto executor = nn::make_cpu_executor(nn::synth_model(options));
  const auto context = executor->make_context(kSize, kSize, 1);
  const nn::NetInfo& net = executor->info();
  std::vector<TestOutput> outputs;
  for (unsigned seed = 1; seed <= kPositions; ++seed) {
    const TestInput input = random_input(net, kSize, kSize, kSize, kSize, seed);
    outputs.emplace_back(net, kSize * kSize);
    const nn::PositionInput in = input.view();
    const nn::RawOutput out = outputs.back().view();
    context->run({&in, 1}, {&out, 1});
  }
  return outputs;
}

TEST_CASE("synth: outputs are of order one and depend on the position", "[synth]") {
  for (const char* arch :
       {"b2c16", "b4c32", "b6c96", "b1c6nbt", "b3c64nbt", "b2c32h4tf", "b2c64nbttf", "b7c96h3tf"}) {
    const std::vector<TestOutput> outputs = outputs_of(arch);
    const Spread policy = spread_of(outputs, [](const TestOutput& o) { return o.policy; });
    const Spread value = spread_of(outputs, [](const TestOutput& o) {
      return std::vector(o.value.begin(), o.value.begin() + 2);
    });
    const Spread own = spread_of(outputs, [](const TestOutput& o) { return o.ownership; });
    INFO(arch << ": policy " << policy.rms << " (" << policy.between_positions << "), value "
              << value.rms << " (" << value.between_positions << "), ownership " << own.rms);
    // The random planes are about twice as dense as real ones, so the limits are generous: a
    // softmax of logits beyond 10 is a single move, below 0.1 it is flat.
    CHECK(policy.rms < 10);
    CHECK(policy.between_positions > 0.1);
    CHECK(value.rms < 4);
    CHECK(value.between_positions > 0.02);
    CHECK(own.rms < 4);
    CHECK(own.rms > 0.1);
  }
}

}  // namespace
}  // namespace hayago::test
