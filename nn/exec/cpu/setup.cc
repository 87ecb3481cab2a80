#include "nn/exec/cpu/setup.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv/conv.h"
#include "nn/exec/cpu/layer_key.h"
#include "nn/model/load.h"
#include "nn/plan/fuse.h"

namespace hayago::nn {
namespace {

kernels::Isa choose_isa(const std::string& name) {
  if (name.empty() || name == "auto") return kernels::best_isa();
  const auto isa = kernels::parse_isa(name);
  if (!isa) {
    std::string known = "auto";
    for (const kernels::Isa other : kernels::kAllIsas) {
      known += fmt::format(", {}", kernels::isa_name(other));
    }
    throw ModelError(fmt::format("unknown instruction set '{}' (expected {})", name, known));
  }
  if (!kernels::isa_usable(*isa)) {
    throw ModelError(
        fmt::format("this machine or build cannot use instruction set '{}'; the best "
                    "it has is '{}'",
                    name, kernels::isa_name(kernels::best_isa())));
  }
  return *isa;
}

// Empty for the best of every layer.
std::string choose_conv_algorithm(const std::string& name, kernels::Isa isa) {
  if (name.empty() || name == "auto") return {};
  const auto names = kernels::conv_algorithms(isa);
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  throw ModelError(fmt::format("unknown convolution algorithm '{}' (expected auto, {} with '{}')",
                               name, fmt::join(names, ", "), kernels::isa_name(isa)));
}

std::string choose_int8_algorithm(const std::string& name) {
  if (name.empty() || name == "auto") return {};
  for (const char* known : {"direct", "winograd2", "winograd4"}) {
    if (name == known) return name;
  }
  throw ModelError(fmt::format(
      "unknown int8 algorithm '{}' (expected auto, direct, winograd2 or winograd4)", name));
}

Precision wanted_precision(const std::string& name, const ModelDesc& model) {
  const bool has_int8 = model.has_int8();
  Precision precision;
  if (name == "bf16") {
    precision.kind = Precision::Kind::kBf16;
  } else if (name == "fp16") {
    precision.kind = Precision::Kind::kFp16;
  } else if (name == "int8" || (name == "auto" && has_int8)) {
    if (!has_int8) {
      throw ModelError(
          "precision int8: the network has no layers in int8; 'hayago quantize' makes a "
          "file that has");
    }
    precision.kind = Precision::Kind::kInt8;
    precision.layers = model.int8_layers;
    precision.attention = model.narrow_attention;
  } else if (name != "fp32" && name != "auto") {
    throw ModelError(fmt::format(
        "precision '{}' is not available on the CPU (expected auto, fp32, fp16, bf16 or int8)",
        name));
  }
  return precision;
}

// Refused here and not by the first layer: the message is about the machine, not the network.
void check_precision(Precision::Kind kind, kernels::Isa isa) {
  const auto type = narrow_type(kind);
  if (!type || kernels::narrow_usable(isa, *type)) return;
  throw ModelError(fmt::format(
      "precision {} needs a processor with {}; this one offers '{}' (precision = fp32 works "
      "everywhere)",
      kernels::narrow_name(*type), kernels::narrow_processors(*type), kernels::isa_name(isa)));
}

// Choices are by shape, layers by name.
Precision without_slow_layers(const Plan& fused, Precision precision, const CpuChoices& choices) {
  if (precision.kind != Precision::Kind::kInt8 || choices.layers.empty()) return precision;
  for (const NarrowLayer& layer : narrow_layers(fused)) {
    const std::string key = layer_key(LayerInput::kBytes, layer_shape(fused.ops[layer.op]));
    if (choices.of(key).kernel == "fp32") precision.layers.erase(layer.name);
  }
  return precision;
}

}  // namespace

CpuSetup cpu_setup(const ModelDesc& model, const CpuOptions& options) {
  return cpu_setup(wanted_precision(options.precision, model), options);
}

CpuSetup cpu_setup(const Precision& precision, const CpuOptions& options) {
  CpuSetup setup;
  setup.kernels.isa = choose_isa(options.isa);
  setup.kernels.conv_algorithm = choose_conv_algorithm(options.conv_algorithm, setup.kernels.isa);
  setup.kernels.int8_algorithm = choose_int8_algorithm(options.int8_algorithm);
  setup.kernels.choices = options.choices;
  setup.precision = precision;
  check_precision(precision.kind, setup.kernels.isa);
  return setup;
}

Plan cpu_plan(const ModelDesc& model, const CpuSetup& setup) {
  const Plan fused = fuse(build_plan(model));
  return narrow(fused, without_slow_layers(fused, setup.precision, setup.kernels.choices));
}

// The weights of convolutions, above all in Winograd forms, come from memory once for all positions
// of a pass. Where there are none, more positions only push the activations out of the caches (11 %
// of the time of a transformer of 768 channels).
int default_positions(const Plan& plan) {
  constexpr int kFewChannels = 64;  // of the first layer, whose weights are few
  const bool streams = std::any_of(plan.ops.begin(), plan.ops.end(), [&](const Op& op) {
    const auto* conv = std::get_if<ConvOp>(&op);
    return conv != nullptr && conv->shape.ky > 1 && conv->shape.c_in >= kFewChannels;
  });
  return streams ? 4 : 1;
}

}  // namespace hayago::nn
