// Int8 layers in Winograd forms, with made-up scales.
#include <catch2/catch.hpp>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/exec/cpu/layer_key.h"
#include "nn/model/load.h"
#include "nn/plan/fuse.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"
#include "tests/nn/winograd_forms.h"

namespace hayago::test {
namespace {

using nn::Precision;

constexpr int kSize = 9;

nn::Plan fused_plan(const nn::ModelDesc& model) { return nn::fuse(nn::build_plan(model)); }

// Every third input channel is fine where channels fill vectors and `fine` says so.
Precision int8_with_forms(const nn::ModelDesc& model, bool fine = false) {
  const nn::Plan plan = fused_plan(model);
  Precision precision;
  precision.kind = Precision::Kind::kInt8;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    nn::LayerQuantization& quantization = precision.layers[layer.name];
    quantization = {0.05f, 50, {}, nullptr};
    if (!fine || layer.c_in % kernels::kChannelAlign != 0) continue;
    quantization.channel_scales.assign(static_cast<std::size_t>(layer.c_in), 1.0f);
    for (std::int16_t c = 0; c < layer.c_in; c = static_cast<std::int16_t>(c + 3)) {
      quantization.fine.push_back(c);
    }
  }
  add_made_up_forms(plan, precision.layers);
  return precision;
}

nn::CpuExecutor executor_for(const nn::ModelDesc& model, kernels::Isa isa, const std::string& name,
                             const Precision& precision) {
  nn::CpuOptions options;
  options.isa = std::string(kernels::isa_name(isa));
  options.int8_algorithm = name;
  return {model, options, precision};
}

int layers_with(const nn::CpuExecutor& executor, const std::string& algorithm) {
  int layers = 0;
  const nn::CpuNetwork& network = executor.network();
  for (std::size_t i = 0; i < network.ops().size(); ++i) {
    const auto* conv = std::get_if<nn::ConvOp>(&network.plan().ops[i]);
    const bool bytes = conv != nullptr && network.plan().tensor(conv->in).narrow;
    if (bytes) layers += network.ops()[i]->conv_algorithm() == algorithm ? 1 : 0;
  }
  return layers;
}

// The instruction sets that have kernels for bytes.
std::vector<kernels::Isa> isas() {
  std::vector<kernels::Isa> isas;
  for (const kernels::Isa isa : kernels::kAllIsas) {
    const bool usable = kernels::isa_usable(isa);
    if (usable && kernels::narrow_usable(isa, kernels::NarrowType::kU8)) isas.push_back(isa);
  }
  return isas;
}

// check(model, precision, form) for networks that have 3x3 layers in int8.
template <class Check>
void for_nets(Check check) {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    for (const bool fine : {false, true}) {
      const Precision precision = int8_with_forms(model, fine);
      const bool any =
          std::any_of(precision.layers.begin(), precision.layers.end(),
                      [](const auto& layer) { return !layer.second.winograd.empty(); });
      if (!any) continue;
      for (const char* form : {"winograd2", "winograd4"}) {
        INFO(describe(options) << " " << form << (fine ? ", fine channels" : ""));
        check(model, precision, std::string(form));
      }
    }
  }
}

TEST_CASE("networks in Winograd forms of bytes are the int8 network to their precision",
          "[nn][exec][narrow]") {
  for_nets([](const nn::ModelDesc& model, const Precision& precision, const std::string& form) {
    const auto direct = executor_for(model, kernels::Isa::kRef, "direct", precision);
    const auto reference = executor_for(model, kernels::Isa::kRef, form, precision);
    CHECK(layers_with(direct, form) == 0);
    CHECK(layers_with(reference, form) > 0);
    const TestInput input = random_input(direct.info(), kSize, kSize, kSize, 8, 5);
    const TestOutput expected = run_one(direct, kSize, kSize, input);
    const TestOutput got = run_one(reference, kSize, kSize, input);
    const double difference = rms_relative(expected, got);
    CHECK(difference > 0);
    // Made-up ranges are wide and steps coarse: up to 0.43 was seen. Unrelated outputs would be off
    // by 1.4.
    CHECK(difference < 0.6);
    for (const kernels::Isa isa : isas()) {
      const auto executor = executor_for(model, isa, form, precision);
      INFO(kernels::isa_name(isa));
      CHECK(layers_with(executor, form) == layers_with(reference, form));
      // Where an activation is near a rounding boundary, the next layers see another step.
      CHECK(rms_relative(got, run_one(executor, kSize, kSize, input)) <
            (form == "winograd2" ? 0.1 : 0.3));
    }
  });
}

TEST_CASE("a network in Winograd forms depends neither on the batch nor on the cores",
          "[nn][exec][narrow][cores]") {
  for_nets([](const nn::ModelDesc& model, const Precision& precision, const std::string& form) {
    nn::CpuOptions options;
    options.int8_algorithm = form;
    options.cores = 3;
    const nn::CpuExecutor executor(model, options, precision);
    std::vector<TestInput> inputs;
    std::vector<TestOutput> alone;
    for (unsigned i = 0; i < 5; ++i) {
      const int board = i % 3 == 1 ? 6 : kSize;
      inputs.push_back(random_input(executor.info(), kSize, kSize, board, kSize, i));
      const auto context = executor.make_cpu_context(kSize, kSize, 1, 1);
      context->fix_parts(1);
      alone.push_back(run_batch(*context, executor.info(), kSize * kSize, {inputs.back()}).front());
    }
    const auto context = executor.make_cpu_context(kSize, kSize, 5, 4);
    for (const int parts : {1, 2, 3}) {
      context->fix_parts(parts);
      // What an earlier run left must not matter.
      const auto arena = context->arena();
      std::fill(arena.begin(), arena.end(), std::numeric_limits<float>::quiet_NaN());
      const auto results = run_batch(*context, executor.info(), kSize * kSize, inputs);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        INFO(parts << " parts, slot " << i);
        CHECK(results[i].same_bits(alone[i]));
      }
    }
  });
}

TEST_CASE("Winograd forms are chosen by shape and only where a layer has scales",
          "[nn][exec][narrow]") {
  nn::SynthOptions net;
  net.arch = "b4c32";
  const nn::ModelDesc model = nn::synth_model(net);
  Precision precision = int8_with_forms(model);
  const nn::CpuExecutor usual(model, nn::CpuOptions{}, precision);
  const int layers = layers_with(usual, "winograd2") + layers_with(usual, "dot") +
                     layers_with(usual, "tiles") + layers_with(usual, "loops");
  REQUIRE(layers >= 8);
  CHECK(layers_with(usual, "winograd2") == 0);  // never by default
  nn::CpuOptions chosen;
  for (const nn::Op& op : usual.network().plan().ops) {
    const std::string key = nn::layer_key(usual.network().plan(), op);
    if (key.starts_with("int8")) chosen.choices.layers[key] = {"winograd2", {}};
  }
  CHECK(layers_with({model, chosen, precision}, "winograd2") == layers);
  chosen.int8_algorithm = "winograd4";  // what is forced is above what was chosen
  CHECK(layers_with({model, chosen, precision}, "winograd4") == layers);
  chosen.int8_algorithm = "direct";
  CHECK(layers_with({model, chosen, precision}, "winograd2") == 0);
  chosen.int8_algorithm = "auto";
  precision.layers.begin()->second.winograd.clear();
  CHECK(layers_with({model, chosen, precision}, "winograd2") == layers - 1);
  chosen.int8_algorithm = "winograd3";
  CHECK_THROWS_WITH(nn::CpuExecutor(model, chosen, precision),
                    Catch::Contains("unknown int8 algorithm 'winograd3' (expected auto, direct"));
}

TEST_CASE("Winograd scales that do not fit their layer are refused", "[nn][plan][narrow]") {
  nn::SynthOptions net;
  net.arch = "b3c64nbt";  // with 1x1 layers
  const nn::ModelDesc model = nn::synth_model(net);
  const nn::Plan plan = fused_plan(model);
  const Precision good = int8_with_forms(model);
  std::string with_forms, without;
  for (const auto& [name, layer] : good.layers)
    (layer.winograd.empty() ? without : with_forms) = name;
  REQUIRE_FALSE(with_forms.empty());
  REQUIRE_FALSE(without.empty());
  const auto refusal = [&](const std::string& layer, const auto& change) {
    Precision bad = good;
    change(bad.layers[layer].winograd);
    try {
      nn::narrow(plan, bad);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string prefix = "layer " + with_forms + ": ";
  CHECK(refusal(with_forms, [](auto&) {}) == "accepted");
  CHECK(refusal(with_forms, [](auto& forms) { forms[0].factors.pop_back(); }) ==
        prefix + "winograd2: 15 factors and 16 zero points (expected 16)");
  CHECK(refusal(with_forms, [](auto& forms) { forms[1].factors[3] = 0; }) ==
        prefix + "winograd4: factor 0 (expected 1 to 32767), zero point 128 (expected 0 to 255)");
  CHECK(refusal(with_forms, [](auto& forms) { forms[0].outputs = 3; }) ==
        prefix + "winograd3 (expected winograd2 or winograd4)");
  CHECK(refusal(without, [](auto& forms) { forms = {made_up_form(2)}; }) ==
        "layer " + without + ": has Winograd scales, but is not 3x3");
}

}  // namespace
}  // namespace hayago::test
