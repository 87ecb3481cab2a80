// Scales of the Winograd forms.
#include "quant/winograd.h"

#include <catch2/catch.hpp>

#include "nn/plan/fuse.h"
#include "quant/observe.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

constexpr int kSize = 9, kBatch = 4;

void add_positions(auto& calibrator, int count) {
  for (int i = 0; i < count; ++i) {
    const int board = i == 1 ? 7 : kSize;
    const TestInput input =
        random_input(calibrator.info(), kSize, kSize, board, kSize, static_cast<unsigned>(i));
    const nn::PositionInput view = input.view();
    calibrator.add({&view, 1});
  }
}

TestOutput run_with(const nn::ModelDesc& model, const nn::Precision& precision,
                    const std::string& algorithm, const TestInput& input) {
  nn::CpuOptions options;
  options.int8_algorithm = algorithm;
  return run_one(nn::CpuExecutor(model, options, precision), kSize, kSize, input);
}

TEST_CASE("every 3x3 layer in int8 gets scales, and its forms are near to it", "[quant][slow]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    quant::Calibrator calibrator(model, {}, kSize, kSize, kBatch);
    add_positions(calibrator, 6);
    nn::Precision precision = calibrator.precision({});
    if (precision.layers.empty()) continue;
    quant::WinogradCalibrator winograd(model, precision, {2, 4}, kSize, kSize, kBatch);
    add_positions(winograd, 6);
    winograd.add_forms(precision);
    const nn::Plan plan = nn::fuse(nn::build_plan(model));
    bool any = false;
    INFO(describe(options));
    for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
      const auto& forms = precision.layers.at(layer.name).winograd;
      const bool is_conv = std::holds_alternative<nn::ConvOp>(plan.ops[layer.op]);
      CHECK(forms.size() == (is_conv ? 2 : 0));
      any = any || is_conv;
    }
    if (!any) continue;
    const nn::CpuExecutor exact(model, {}, nn::Precision{});
    const TestInput input = random_input(exact.info(), kSize, kSize, kSize, kSize, 99);
    const TestOutput in_float = run_one(exact, kSize, kSize, input);
    const double direct = rms_relative(in_float, run_with(model, precision, "direct", input));
    const double by2 = rms_relative(in_float, run_with(model, precision, "winograd2", input));
    const double by4 = rms_relative(in_float, run_with(model, precision, "winograd4", input));
    INFO("direct " << direct << ", winograd2 " << by2 << ", winograd4 " << by4);
    // The forms round twice more, F4 numbers of a wider range. Unrelated outputs are off by 1.4.
    CHECK(by2 < 0.25);
    CHECK(by4 < 0.8);
    CHECK(by2 != direct);
  }
}

TEST_CASE("a layer's inputs that are known give known scales", "[quant]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  quant::Calibrator calibrator(model, {}, kSize, kSize, kBatch);
  add_positions(calibrator, 2);
  nn::Precision precision = calibrator.precision({});
  quant::WinogradCalibrator winograd(model, precision, {2, 4}, kSize, kSize, kBatch);
  CHECK_THROWS_WITH(winograd.add_forms(precision), Catch::Contains("no position has reached it"));
  add_positions(winograd, 2);
  winograd.add_forms(precision, quant::RangeMethod::kMax);
  for (const auto& [name, layer] : precision.layers) {
    for (const nn::WinogradScales& form : layer.winograd) {
      const auto rows = kernels::winograd_input_rows(form.outputs);
      for (std::size_t t = 0; t < form.products(); ++t) {
        // Beyond what bytes can become no step is needed.
        int largest = 1;
        for (const std::size_t i : {t / rows.size(), t % rows.size()}) {
          int sum = 0;
          for (const int element : rows[i]) sum += std::abs(element);
          largest *= sum;
        }
        INFO(name << " product " << t);
        CHECK(32768.0 / form.factors[t] * 255 <= 2 * 255 * largest * 1.01);
      }
    }
  }
}

}  // namespace
}  // namespace hayago::test
