#include "nn/exec/cpu/cpu_executor.h"

#include <fmt/format.h>

#include <stdexcept>

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

Plan plan_for(const ModelDesc& model, bool fused) {
  Plan plan = build_plan(model);
  return fused ? fuse(plan) : plan;
}

}  // namespace

CpuExecutor::CpuExecutor(const ModelDesc& model, const CpuOptions& options, bool fuse)
    : info_(net_info(model)),
      isa_(choose_isa(options.isa)),
      max_batch_(options.max_batch),
      network_(std::make_shared<CpuNetwork>(plan_for(model, fuse), isa_, options.conv_algorithm)) {
  if (max_batch_ < 1) {
    throw std::invalid_argument(fmt::format("maximum batch {} (expected 1 or more)", max_batch_));
  }
}

std::string CpuExecutor::description() const {
  if (isa_ == kernels::Isa::kRef) return "cpu ref fp64acc";
  return fmt::format("cpu {} fp32", kernels::isa_name(kernels::float_isa(isa_)));
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
  return std::make_unique<CpuContext>(network_, height, width, batch, group);
}

std::unique_ptr<Executor> make_cpu_executor(const ModelDesc& model, const CpuOptions& options) {
  return std::make_unique<CpuExecutor>(model, options);
}

}  // namespace hayago::nn
