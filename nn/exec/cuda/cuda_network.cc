#include "nn/exec/cuda/cuda_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "nn/model/load.h"

namespace hayago::nn {
namespace {

std::size_t size(int n) { return static_cast<std::size_t>(n); }

bool is_raw_result(const Plan& plan, TensorId id) {
  return std::any_of(plan.ops.begin(), plan.ops.end(), [&](const Op& op) {
    const auto* conv = std::get_if<ConvOp>(&op);
    const auto* product = std::get_if<MatMulOp>(&op);
    return (conv != nullptr && conv->epilogue.raw_out == id) ||
           (product != nullptr && product->epilogue.raw_out == id);
  });
}

}  // namespace

CudaProgram::CudaProgram(const Plan& fused, kernels::GpuType storage)
    : plan_(fused), storage_(storage), lifetimes_(find_lifetimes(fused)) {
  for (const TensorId id : fused.outputs()) {
    if (is_raw_result(fused, id)) continue;
    throw ModelError(
        fmt::format("output {} is not the result of a convolution or product, which the CUDA "
                    "backend does not support; use backend = cpu",
                    fused.tensor(id).name));
  }
  for (const Op& op : fused.ops) ops_.push_back(make_gpu_op(op, fused, storage, image_));
  for (const RopeTable& table : fused.rope_tables) rope_tables_.emplace_back(table);
  plan_.ops.clear();  // their spans must not outlive the model
  plan_.rope_tables.clear();
}

std::size_t CudaProgram::buffer_bytes(const Buffer& buffer, int n, int pixels) const {
  const bool half = buffer.per_pixel && storage_ == kernels::GpuType::kF16;
  const std::size_t rows = size(n) * size(buffer.per_pixel ? pixels : 1);
  return gpu_aligned(rows * size(kernels::gpu_padded(buffer.channels)) * (half ? 2 : 4));
}

CudaNetwork::CudaNetwork(RuntimePtr runtime, std::shared_ptr<const CudaProgram> program)
    : runtime_(std::move(runtime)),
      program_(std::move(program)),
      constants_(runtime_, program_->constants().size()) {
  const Stream stream(runtime_);
  runtime_->copy_to_device(constants_.data(), program_->constants().data(), constants_.bytes(),
                           stream.get());
  runtime_->synchronize(stream.get());
}

}  // namespace hayago::nn
