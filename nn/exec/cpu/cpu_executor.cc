#include "nn/exec/cpu/cpu_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "kernels/conv/conv.h"
#include "nn/model/load.h"
#include "nn/plan/fuse.h"

namespace hayago::nn {
namespace {

// Positions per pass over the weights. More positions reuse the weights more often but push the
// activations out of the caches.
constexpr int kGroup = 4;

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

Precision wanted_precision(const std::string& name, const ModelDesc& model) {
  const bool has_int8 = !model.int8_layers.empty();
  Precision precision;
  if (name == "bf16") {
    precision.kind = Precision::Kind::kBf16;
  } else if (name == "int8" || (name == "auto" && has_int8)) {
    if (!has_int8) {
      throw ModelError(
          "precision int8: the network has no layers in int8; 'hayago quantize' makes a "
          "file that has");
    }
    precision.kind = Precision::Kind::kInt8;
    precision.layers = model.int8_layers;
  } else if (name != "fp32" && name != "auto") {
    throw ModelError(fmt::format(
        "precision '{}' is not available on the CPU (expected auto, fp32, bf16 or int8)", name));
  }
  return precision;
}

// Refused here and not by the first layer: the message is about the machine, not the network.
void check_precision(Precision::Kind kind, kernels::Isa isa) {
  if (kind == Precision::Kind::kFp32) return;
  const bool bytes = kind == Precision::Kind::kInt8;
  const auto type = bytes ? kernels::NarrowType::kU8 : kernels::NarrowType::kBf16;
  if (kernels::narrow_usable(isa, type)) return;
  throw ModelError(fmt::format(
      "precision {} needs a processor with {}; this one offers '{}' (precision = fp32 works "
      "everywhere)",
      bytes ? "int8" : "bf16",
      bytes ? "AVX2, AVX-VNNI, AVX-512 VNNI, AMX or NEON" : "AVX-512 BF16 or AMX",
      kernels::isa_name(isa)));
}

std::shared_ptr<const CpuNetwork> make_network(const ModelDesc& model, const CpuOptions& options,
                                               kernels::Isa isa, bool fused,
                                               const Precision& precision) {
  check_precision(precision.kind, isa);
  Plan plan = build_plan(model);
  if (fused) plan = narrow(fuse(plan), precision);
  return std::make_shared<CpuNetwork>(plan, isa,
                                      choose_conv_algorithm(options.conv_algorithm, isa));
}

void check_batch(int max_batch) {
  if (max_batch >= 1) return;
  throw std::invalid_argument(fmt::format("maximum batch {} (expected 1 or more)", max_batch));
}

}  // namespace

CpuExecutor::CpuExecutor(const ModelDesc& model, const CpuOptions& options, bool fuse)
    : info_(net_info(model)),
      isa_(choose_isa(options.isa)),
      max_batch_(options.max_batch),
      team_(std::make_shared<CpuTeam>(options.cores)) {
  check_batch(max_batch_);
  const Precision precision = wanted_precision(options.precision, model);
  kind_ = precision.kind;
  network_ = make_network(model, options, isa_, fuse, precision);
}

CpuExecutor::CpuExecutor(const ModelDesc& model, const CpuOptions& options,
                         const Precision& precision)
    : info_(net_info(model)),
      isa_(choose_isa(options.isa)),
      kind_(precision.kind),
      max_batch_(options.max_batch),
      team_(std::make_shared<CpuTeam>(options.cores)) {
  check_batch(max_batch_);
  network_ = make_network(model, options, isa_, true, precision);
}

std::string CpuExecutor::description() const {
  switch (kind_) {
    case Precision::Kind::kFp32:
      if (isa_ == kernels::Isa::kRef) return "cpu ref fp64acc";
      return fmt::format("cpu {} fp32", kernels::isa_name(kernels::float_isa(isa_)));
    case Precision::Kind::kBf16:
      return fmt::format("cpu {} bf16", kernels::isa_name(isa_));
    case Precision::Kind::kInt8:
      return fmt::format("cpu {} int8", kernels::isa_name(isa_));
  }
  return "cpu";
}

std::unique_ptr<ExecContext> CpuExecutor::make_context(int height, int width, int batch) const {
  return make_cpu_context(height, width, batch, kGroup);
}

std::unique_ptr<CpuContext> CpuExecutor::make_cpu_context(int height, int width, int batch,
                                                          int group) const {
  if (height < 1 || width < 1 || batch < 1 || batch > max_batch_ || group < 1) {
    throw std::invalid_argument(
        fmt::format("network context of {}x{} points, batch {} in groups of {} (batch: 1 to {})",
                    width, height, batch, group, max_batch_));
  }
  return std::make_unique<CpuContext>(network_, team_, height, width, batch, group);
}

std::unique_ptr<Executor> make_cpu_executor(const ModelDesc& model, const CpuOptions& options) {
  return std::make_unique<CpuExecutor>(model, options);
}

}  // namespace hayago::nn
