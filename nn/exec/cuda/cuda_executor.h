// The executor over CudaNetworks. make_cuda_executor() of nn/exec/executor.h is what programs use;
// this header is for tests that bring their own runtime.
#pragma once
#include <atomic>
#include <functional>

#include "nn/exec/cuda/cuda_context.h"

namespace hayago::nn {

// Makes the runtime of a device; called from several threads. May throw GpuError.
using GpuFactory = std::function<std::unique_ptr<kernels::GpuRuntime>(int device)>;

class CudaExecutor final : public Executor {
 public:
  // Throws as make_cuda_executor does.
  CudaExecutor(const ModelDesc& model, const CudaOptions& options, const GpuFactory& factory);

  const NetInfo& info() const override { return info_; }
  std::string description() const override;
  bool runs_inline() const override { return false; }
  int max_batch() const override { return max_batch_; }
  int pipeline_depth() const override { return kPipelineDepth; }
  int wanted_contexts() const override { return static_cast<int>(placement_.size()); }
  std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const override;

  std::unique_ptr<CudaContext> make_cuda_context(int height, int width, int batch) const;
  kernels::GpuType storage() const { return storage_; }

  static constexpr int kPipelineDepth = 2;

 private:
  NetInfo info_;
  int max_batch_;
  kernels::GpuType storage_ = kernels::GpuType::kF32;
  std::vector<int> device_numbers_;                           // distinct
  std::vector<std::shared_ptr<const CudaNetwork>> networks_;  // by position in device_numbers_
  std::vector<std::size_t> placement_;  // network of each context, taken in turn
  mutable std::atomic<std::size_t> next_context_{0};
};

std::unique_ptr<Executor> make_cuda_executor(const ModelDesc& model, const CudaOptions& options,
                                             const GpuFactory& factory);

}  // namespace hayago::nn
