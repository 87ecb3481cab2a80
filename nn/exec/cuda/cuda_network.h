// A network bound to GPU kernels (CudaProgram: the same for all devices), its constants on one
// device (CudaNetwork), and the contexts that run it (cuda_context.h).
#pragma once
#include <memory>
#include <vector>

#include "nn/exec/cuda/device_resources.h"
#include "nn/exec/cuda/gpu_op.h"
#include "nn/exec/rope_angles.h"
#include "nn/plan/memory.h"

namespace hayago::nn {

class CudaProgram {
 public:
  // Copies what it needs of the model. Throws ModelError if an output of the network
  // is not the plain result of a convolution or product.
  CudaProgram(const Plan& fused, kernels::GpuType storage);

  // Tensors, inputs and outputs; no operations.
  const Plan& plan() const { return plan_; }
  kernels::GpuType storage() const { return storage_; }
  const Lifetimes& lifetimes() const { return lifetimes_; }
  const std::vector<std::unique_ptr<GpuOp>>& ops() const { return ops_; }
  const std::vector<OwnedRopeTable>& rope_tables() const { return rope_tables_; }
  // Empty once drop_constants() was called, when all devices have them.
  const std::vector<std::byte>& constants() const { return image_.bytes(); }
  void drop_constants() { image_.clear(); }

  // Bytes of a tensor for n positions, a multiple of kGpuAlign.
  std::size_t buffer_bytes(const Buffer& buffer, int n, int pixels) const;

 private:
  Plan plan_;
  kernels::GpuType storage_;
  Lifetimes lifetimes_;
  ConstantImage image_;
  std::vector<std::unique_ptr<GpuOp>> ops_;
  std::vector<OwnedRopeTable> rope_tables_;
};

// Immutable; shared by the contexts of one device.
class CudaNetwork {
 public:
  // Uploads the program's constants. Throws GpuError.
  CudaNetwork(RuntimePtr runtime, std::shared_ptr<const CudaProgram> program);

  const RuntimePtr& runtime() const { return runtime_; }
  const CudaProgram& program() const { return *program_; }
  const std::byte* constants() const { return constants_.data(); }

 private:
  RuntimePtr runtime_;
  std::shared_ptr<const CudaProgram> program_;
  DeviceMemory constants_;
};

}  // namespace hayago::nn
