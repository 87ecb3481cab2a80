// Networks whose products are narrow: bf16, fp16, and int8 with made-up scales.
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <memory>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/plan/fuse.h"
#include "nn/plan/print.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

using nn::Precision;

nn::Plan fused_plan(const nn::ModelDesc& model) { return nn::fuse(nn::build_plan(model)); }

// Activations of the random networks are within -2..10 or so.
Precision made_up_int8(const nn::ModelDesc& model) {
  Precision precision;
  precision.kind = Precision::Kind::kInt8;
  const nn::Plan plan = fused_plan(model);
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    precision.layers[layer.name] = {0.05f, 50, {}, nullptr};
  }
  precision.attention = nn::narrow_attention(plan);
  return precision;
}

// The same with every third input channel fine, where channels fill vectors.
Precision with_fine_channels(const nn::ModelDesc& model) {
  Precision precision = made_up_int8(model);
  for (const nn::NarrowLayer& layer : nn::narrow_layers(fused_plan(model))) {
    if (layer.c_in % kernels::kChannelAlign != 0) continue;
    nn::LayerQuantization& quantization = precision.layers[layer.name];
    quantization.channel_scales.assign(static_cast<std::size_t>(layer.c_in), 1.0f);
    for (int c = 1; c < layer.c_in; c += 3) {
      quantization.fine.push_back(static_cast<std::int16_t>(c));
    }
  }
  return precision;
}

Precision of_floats(Precision::Kind kind) {
  Precision precision;
  precision.kind = kind;
  return precision;
}
Precision bf16() { return of_floats(Precision::Kind::kBf16); }
Precision fp16() { return of_floats(Precision::Kind::kFp16); }

std::unique_ptr<nn::CpuExecutor> executor_for(const nn::ModelDesc& model, kernels::Isa isa,
                                              const Precision& precision) {
  nn::CpuOptions options;
  options.isa = std::string(kernels::isa_name(isa));
  return std::make_unique<nn::CpuExecutor>(model, options, precision);
}

// The instruction sets whose float or narrow kernels differ from those of the ones before.
std::vector<kernels::Isa> isas_for(const Precision& precision) {
  const kernels::NarrowType type = *nn::narrow_type(precision.kind);
  std::vector<kernels::Isa> isas;
  for (const kernels::Isa isa : kernels::kAllIsas) {
    if (!kernels::isa_usable(isa) || !kernels::narrow_usable(isa, type)) continue;
    const auto narrow = kernels::narrow_isas(isa, type);
    const bool differs = narrow.empty() || narrow.front() == isa || kernels::float_isa(isa) == isa;
    if (differs) isas.push_back(isa);
  }
  return isas;
}

// Calls check(model, precision) for all kinds; the networks have 32 channels or more
// somewhere.
template <class Check>
void for_narrow_nets(Check check) {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    for (const Precision& precision :
         {bf16(), fp16(), made_up_int8(model), with_fine_channels(model)}) {
      const bool bytes = precision.kind == Precision::Kind::kInt8;
      if (bytes && precision.layers.empty()) continue;
      INFO(describe(options) << ' ' << kernels::narrow_name(*nn::narrow_type(precision.kind)));
      check(model, precision);
    }
  }
}

TEST_CASE("narrow networks are the float network to their precision, on every ISA",
          "[nn][exec][narrow]") {
  for_narrow_nets([](const nn::ModelDesc& model, const Precision& precision) {
    const auto exact = executor_for(model, kernels::Isa::kRef, {});
    const auto reference = executor_for(model, kernels::Isa::kRef, precision);
    const TestInput input = random_input(exact->info(), 9, 9, 9, 8, 5);
    const TestOutput expected = run_one(*exact, 9, 9, input);
    const TestOutput narrow = run_one(*reference, 9, 9, input);
    const bool bytes = precision.kind == Precision::Kind::kInt8;
    CHECK(worst_relative(expected, narrow) < (bytes ? 0.35 : 0.03));
    for (const kernels::Isa isa : isas_for(precision)) {
      const auto executor = executor_for(model, isa, precision);
      INFO(kernels::isa_name(isa));
      // Where an activation is near a rounding boundary, the next layers see another step.
      CHECK(worst_relative(narrow, run_one(*executor, 9, 9, input)) < (bytes ? 0.12 : 0.01));
    }
  });
}

TEST_CASE("fine channels make an int8 network more exact", "[nn][exec][narrow]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  Precision coarse = with_fine_channels(model);
  for (auto& [name, layer] : coarse.layers) {
    // Steps so coarse that the weights' rounding does not count.
    layer.scale = 0.4f;
    layer.zero = 6;
    layer.fine.clear();
  }
  Precision fine = coarse;
  for (auto& [name, layer] : fine.layers) {
    const auto channels = static_cast<std::int16_t>(layer.channel_scales.size());
    for (std::int16_t c = 0; c < channels; ++c) layer.fine.push_back(c);
  }
  const auto exact = executor_for(model, kernels::Isa::kRef, {});
  const TestInput input = random_input(exact->info(), 9, 9, 9, 8, 5);
  const TestOutput expected = run_one(*exact, 9, 9, input);
  const auto error = [&](const Precision& precision) {
    return worst_relative(
        expected, run_one(*executor_for(model, kernels::best_isa(), precision), 9, 9, input));
  };
  // An eighth of the step, and as much again for the weights of the parts.
  CHECK(error(fine) < 0.4 * error(coarse));
}

// Their sums are exact and what follows is the same code.
TEST_CASE("int8 results are the same with VNNI and AMX", "[nn][exec][narrow]") {
  if (!kernels::isa_usable(kernels::Isa::kAmx)) HAYAGO_SKIP("needs a processor with AMX");
  for_narrow_nets([](const nn::ModelDesc& model, const Precision& precision) {
    if (precision.kind != Precision::Kind::kInt8) return;
    const auto vnni = executor_for(model, kernels::Isa::kAvx512Vnni, precision);
    const auto amx = executor_for(model, kernels::Isa::kAmx, precision);
    const TestInput input = random_input(vnni->info(), 9, 9, 9, 8, 5);
    CHECK(run_one(*vnni, 9, 9, input).same_bits(run_one(*amx, 9, 9, input)));
  });
}

TEST_CASE("a narrow network's result depends on the position alone", "[nn][exec][narrow]") {
  constexpr int kSize = 9, kBatch = 6, kGroup = 4;
  for_narrow_nets([](const nn::ModelDesc& model, const Precision& precision) {
    for (const kernels::Isa isa : isas_for(precision)) {
      if (isa == kernels::Isa::kRef) continue;
      const auto executor = executor_for(model, isa, precision);
      std::vector<TestInput> inputs;
      std::vector<TestOutput> alone;
      for (unsigned i = 0; i < kBatch; ++i) {
        const int board = i % 3 == 1 ? 6 : kSize;
        inputs.push_back(random_input(executor->info(), kSize, kSize, board, kSize, i));
        alone.push_back(run_one(*executor, kSize, kSize, inputs.back()));
      }
      const auto context = executor->make_cpu_context(kSize, kSize, kBatch, kGroup);
      const auto arena = context->arena();
      // What an earlier run left must not matter.
      std::fill(arena.begin(), arena.end(), std::numeric_limits<float>::quiet_NaN());
      const auto results = run_batch(*context, executor->info(), kSize * kSize, inputs);
      for (std::size_t i = 0; i < kBatch; ++i) {
        INFO(kernels::isa_name(isa) << " slot " << i);
        CHECK(results[i].same_bits(alone[i]));
      }
    }
  });
}

TEST_CASE("between narrow products activations stay narrow", "[nn][plan][narrow]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  for (const Precision& precision : {bf16(), made_up_int8(model)}) {
    const nn::Plan plan = nn::narrow(fused_plan(model), precision);
    INFO(nn::print_plan(plan));
    int conversions = 0, narrow_products = 0, written = 0;
    for (const nn::Op& op : plan.ops) {
      conversions += std::holds_alternative<nn::NarrowOp>(op) ? 1 : 0;
      const auto* conv = std::get_if<nn::ConvOp>(&op);
      if (conv == nullptr || !plan.tensor(conv->in).narrow) continue;
      ++narrow_products;
      written += conv->epilogue.narrow_out != nn::kNoTensor ? 1 : 0;
      // The last block's activation goes to the heads, which are float.
      CHECK((conv->epilogue.act_out == nn::kNoTensor) ==
            (conv->epilogue.narrow_out >= 0 || conv->epilogue.raw_out >= 0));
    }
    CHECK(narrow_products >= 8);
    CHECK(written >= narrow_products - 2);
    CHECK(conversions == 1);  // of the first layer's output
  }
  // A float plan is left as it is.
  CHECK(nn::print_plan(nn::narrow(fused_plan(model), {})) == nn::print_plan(fused_plan(model)));
}

TEST_CASE("fp16 takes the products that are 1x1", "[nn][plan][narrow]") {
  nn::SynthOptions options;
  options.arch = "b3c64nbt";
  const nn::Plan plan = nn::narrow(fused_plan(nn::synth_model(options)), fp16());
  INFO(nn::print_plan(plan));
  int products = 0, others = 0;
  for (const nn::Op& op : plan.ops) {
    if (const auto* conv = std::get_if<nn::ConvOp>(&op)) CHECK_FALSE(plan.tensor(conv->in).narrow);
    const auto* product = std::get_if<nn::MatMulOp>(&op);
    if (product == nullptr || !plan.tensor(product->in).per_pixel) continue;
    const auto& format = plan.tensor(product->in).narrow;
    ++(format ? products : others);
    if (format) CHECK(format->type == kernels::NarrowType::kF16);
  }
  CHECK(products >= 6);  // into and out of every bottleneck
  CHECK(others <= 6);    // of the heads
}

TEST_CASE("quantized weights keep each channel's largest one", "[nn][plan][narrow]") {
  const std::vector<float> weights = {1.0f, 0.0f, -0.5f, 2.0f, 0.0f, 0.25f, -4.0f, 0.0f, 0.125f};
  const nn::QuantizedWeights q = nn::quantize_weights(weights, 3, {});
  CHECK(q.weights == std::vector<std::int8_t>{32, 0, -127, 64, 0, 64, -127, 0, 32});
  CHECK(q.scales[0] == 4.0f / 127);
  CHECK(q.scales[1] == 1.0f);  // nothing to scale
  CHECK(q.scales[2] == 0.5f / 127);
  // Two taps, of one and of two input channels of scales 4, 1 and 4.
  const std::vector<float> scales = {4.0f, 1.0f, 4.0f};
  const nn::QuantizedWeights scaled = nn::quantize_weights(weights, 3, scales);
  CHECK(scaled.scales[0] == 16.0f / 127);
  CHECK(scaled.weights[0] == 32);
  CHECK(scaled.weights[3] == 16);
}

TEST_CASE("layers that cannot be quantized as told are named", "[nn][plan][narrow]") {
  nn::SynthOptions options;
  options.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(options);
  const nn::Plan plan = fused_plan(model);
  const Precision good = made_up_int8(model);
  REQUIRE(good.layers.size() >= 8);
  const std::string first = good.layers.begin()->first;
  const auto refusal = [&](const auto& change) {
    Precision bad = good;
    change(bad.layers[first], bad);
    try {
      nn::narrow(plan, bad);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal([](auto&, auto&) {}) == "accepted");
  CHECK(refusal([](auto& layer, auto&) { layer.scale = 0; }) ==
        "layer " + first + ": scale 0 (expected a positive number)");
  CHECK(refusal([](auto& layer, auto&) { layer.zero = 256; }) ==
        "layer " + first + ": input zero point 256 (expected 0 to 255)");
  CHECK(refusal([](auto& layer, auto&) {
          layer.weights = std::make_shared<const nn::QuantizedWeights>();
        }).find("0 int8 weights and 0 scales") != std::string::npos);
  CHECK(refusal([](auto& layer, auto&) {
          layer.channel_scales = {1.0f, 2.0f};
        }) == "layer " + first + ": 2 scales of input channels (expected 32)");
  CHECK(refusal([](auto& layer, auto&) { layer.channel_scales.assign(32, -1.0f); }) ==
        "layer " + first + ": scale -1 (expected a positive number)");
  const auto with_fine = [&](std::vector<std::int16_t> channels, int zero, int scales) {
    return refusal([&](auto& layer, auto&) {
      layer.channel_scales.assign(static_cast<std::size_t>(scales), 1.0f);
      layer.zero = zero;
      layer.fine = std::move(channels);
    });
  };
  CHECK(with_fine({0, 31}, 247, 32) == "accepted");
  CHECK(with_fine({5, 5}, 0, 32) ==
        "layer " + first + ": fine channel 5 after 5 (expected to rise, below 32)");
  CHECK(with_fine({32}, 0, 32) ==
        "layer " + first + ": fine channel 32 after -1 (expected to rise, below 32)");
  CHECK(with_fine({1}, 248, 32) ==
        "layer " + first + ": input zero point 248 with fine channels (expected at most 247)");
  CHECK(with_fine({1}, 0, 0) ==
        "layer " + first + ": fine channels, but no scales of input channels");
  CHECK(refusal([](auto&, auto& p) { p.layers["nowhere"] = {}; }) ==
        "the network has no layer named nowhere");
  CHECK(refusal([](auto&, auto& p) {
          p.layers["conv_spatial"] = {1, 0, {}, nullptr};
        }) == "layer conv_spatial: cannot be computed in int8");  // the first layer
}

TEST_CASE("precisions that the CPU lacks are refused", "[nn][exec][narrow]") {
  nn::SynthOptions net;
  net.arch = "b2c16";
  const nn::ModelDesc model = nn::synth_model(net);
  nn::CpuOptions options;
  options.precision = "fp64";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, options),
                    "precision 'fp64' is not available on the CPU (expected auto, fp32, fp16, bf16 "
                    "or int8)");
  options.precision = "int8";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, options), Catch::Contains("no layers in int8"));
  // The least that every machine has.
  const bool x86 = kernels::isa_usable(kernels::Isa::kSse2);
  options.isa = x86 ? "sse2" : "neon";
  options.precision = "fp16";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, options),
                    Catch::Contains("precision fp16 needs a processor with Arm's half-precision"));
  options.precision = "bf16";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, options), Catch::Contains("AVX-512 BF16 or AMX"));
}

}  // namespace
}  // namespace hayago::test
