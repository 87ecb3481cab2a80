// The value head fitted to what has become of its input.
#include "quant/output_fit.h"

#include <catch2/catch.hpp>

#include "nn/model/write.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

constexpr int kSize = 9, kBatch = 4;

nn::ModelDesc network() {
  nn::SynthOptions options;
  options.arch = "b2c16";
  return nn::synth_model(options);
}

// The same, but all that v2 says is 0.8 times as much, and a tenth more than that.
nn::ModelDesc with_other_hidden_values() {
  nn::ModelDesc model = network();
  for (float& w : model.value.v2_mul.weights) w *= 0.8f;
  for (float& b : model.value.v2_bias.values) b = 0.8f * b + 0.1f;
  return model;
}

void add_positions(quant::OutputFit& fit, int count) {
  for (int i = 0; i < count; ++i) {
    const TestInput input =
        random_input(fit.info(), kSize, kSize, kSize, kSize, static_cast<unsigned>(i));
    const nn::PositionInput view = input.view();
    fit.add({&view, 1});
  }
}

double worst_difference(const nn::ModelDesc& a, const nn::ModelDesc& b) {
  const nn::CpuExecutor first(a, {}, nn::Precision{}), second(b, {}, nn::Precision{});
  double worst = 0;
  for (unsigned seed = 900; seed < 910; ++seed) {
    const TestInput input = random_input(first.info(), kSize, kSize, kSize, kSize, seed);
    const TestOutput x = run_one(first, kSize, kSize, input),
                     y = run_one(second, kSize, kSize, input);
    for (std::size_t i = 0; i < x.value.size(); ++i) {
      worst = std::max(worst, std::abs(double{x.value[i]} - y.value[i]));
    }
    for (std::size_t i = 0; i < x.score.size(); ++i) {
      worst = std::max(worst, std::abs(double{x.score[i]} - y.score[i]));
    }
  }
  return worst;
}

TEST_CASE("what changed hidden values the same way everywhere is undone", "[quant]") {
  const nn::ModelDesc exact = network();
  nn::ModelDesc changed = with_other_hidden_values();
  const double before = worst_difference(exact, changed);
  quant::OutputFit fit(exact, changed, nn::Precision{}, kSize, kSize, kBatch);
  add_positions(fit, 200);
  CHECK(fit.apply(changed.value) < 0.1);  // a rectifier hides some
  CHECK(worst_difference(exact, changed) < 0.3 * before);
}

TEST_CASE("a value head whose input is right stays as it is", "[quant]") {
  const nn::ModelDesc exact = network();
  nn::ModelDesc same = network();
  quant::OutputFit fit(exact, same, nn::Precision{}, kSize, kSize, kBatch);
  add_positions(fit, 20);
  CHECK(fit.apply(same.value) == 1);
  CHECK(nn::serialize_model(same, false) == nn::serialize_model(exact, false));
}

TEST_CASE("one position is not enough to fit a value head to", "[quant]") {
  const nn::ModelDesc exact = network();
  nn::ModelDesc changed = with_other_hidden_values();
  quant::OutputFit fit(exact, changed, nn::Precision{}, kSize, kSize, kBatch);
  add_positions(fit, 1);
  CHECK(fit.apply(changed.value) == 1);
  CHECK(nn::serialize_model(changed, false) ==
        nn::serialize_model(with_other_hidden_values(), false));
}

}  // namespace
}  // namespace hayago::test
