#include "nn/exec/cpu/cpu_executor.h"

#include <fmt/format.h>

#include <stdexcept>

#include "nn/exec/cpu/setup.h"
#include "nn/model/load.h"

namespace hayago::nn {
namespace {

std::shared_ptr<const CpuNetwork> make_network(const ModelDesc& model, const CpuSetup& setup,
                                               bool fused) {
  return std::make_shared<CpuNetwork>(fused ? cpu_plan(model, setup) : build_plan(model),
                                      setup.kernels);
}

void check_batch(int max_batch) {
  if (max_batch >= 1) return;
  throw std::invalid_argument(fmt::format("maximum batch {} (expected 1 or more)", max_batch));
}

}  // namespace

CpuExecutor::CpuExecutor(const ModelDesc& model, const CpuOptions& options, bool fuse)
    : CpuExecutor(model, options, cpu_setup(model, options), fuse) {}

CpuExecutor::CpuExecutor(const ModelDesc& model, const CpuOptions& options,
                         const Precision& precision)
    : CpuExecutor(model, options, cpu_setup(precision, options), true) {}

CpuExecutor::CpuExecutor(const ModelDesc& model, const CpuOptions& options, const CpuSetup& setup,
                         bool fuse)
    : info_(net_info(model)),
      isa_(setup.kernels.isa),
      kind_(setup.precision.kind),
      tuned_(options.choices != CpuChoices{}),
      max_batch_(options.max_batch),
      positions_(options.choices.positions),
      team_(std::make_shared<CpuTeam>(options.cores)) {
  check_batch(max_batch_);
  network_ = make_network(model, setup, fuse);
  if (positions_ < 1) positions_ = default_positions(network_->plan());
}

std::string CpuExecutor::description() const {
  const std::string suffix = tuned_ ? " (tuned)" : "";
  switch (kind_) {
    case Precision::Kind::kFp32:
      if (isa_ == kernels::Isa::kRef) return "cpu ref fp64acc";
      return fmt::format("cpu {} fp32{}", kernels::isa_name(kernels::float_isa(isa_)), suffix);
    case Precision::Kind::kBf16:
      return fmt::format("cpu {} bf16{}", kernels::isa_name(isa_), suffix);
    case Precision::Kind::kFp16:
      return fmt::format("cpu {} fp16{}", kernels::isa_name(isa_), suffix);
    case Precision::Kind::kInt8:
      return fmt::format("cpu {} int8{}", kernels::isa_name(isa_), suffix);
  }
  return "cpu";
}

std::unique_ptr<ExecContext> CpuExecutor::make_context(int height, int width, int batch) const {
  return make_cpu_context(height, width, batch, positions_);
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
