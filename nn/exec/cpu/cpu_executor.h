// The executor over CpuNetwork. make_cpu_executor() is what programs use; the class is visible for
// tests and benchmarks that need its parts.
#pragma once
#include "nn/exec/cpu/cpu_network.h"
#include "nn/exec/cpu/setup.h"

namespace hayago::nn {

class CpuExecutor final : public Executor {
 public:
  // fuse = false runs every primitive on its own: slower, for tests of the fusion.
  CpuExecutor(const ModelDesc& model, const CpuOptions& options, bool fuse = true);
  // Its own choice of narrow layers instead of options.precision. Throws as narrow() does.
  CpuExecutor(const ModelDesc& model, const CpuOptions& options, const Precision& precision);

  const NetInfo& info() const override { return info_; }
  std::string description() const override;
  bool runs_inline() const override { return true; }
  int max_batch() const override { return max_batch_; }
  std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const override;

  // The same with its own limit of positions per pass instead of the built-in choice.
  std::unique_ptr<CpuContext> make_cpu_context(int height, int width, int batch, int group) const;
  const CpuNetwork& network() const { return *network_; }

 private:
  CpuExecutor(const ModelDesc& model, const CpuOptions& options, const CpuSetup& setup, bool fuse);

  NetInfo info_;
  kernels::Isa isa_;
  Precision::Kind kind_;
  bool tuned_;
  int max_batch_;
  int positions_;  // per pass
  std::shared_ptr<const CpuNetwork> network_;
  std::shared_ptr<CpuTeam> team_;  // of all contexts
};

}  // namespace hayago::nn
