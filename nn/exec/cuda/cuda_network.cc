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

// Whether a GPU operation can read the tensor in single precision wherever it is read.
class WideReaders {
 public:
  explicit WideReaders(const Plan& plan) : can_(plan.tensors.size(), true) {
    for (const TensorId id : plan.outputs()) can_[size(id)] = false;
    for (const Op& op : plan.ops) {
      for (const TensorId id : reads(op)) {
        const bool fine = std::visit([&](const auto& o) { return reads_wide(o, id); }, op);
        if (!fine) can_[size(id)] = false;
      }
    }
  }
  bool can(TensorId id) const { return can_[size(id)]; }

 private:
  static bool reads_wide(const ConvOp& op, TensorId id) { return op.in != id; }
  static bool reads_wide(const MatMulOp& op, TensorId id) { return op.in != id; }
  static bool reads_wide(const NormActOp&, TensorId) { return true; }
  static bool reads_wide(const RmsNormOp&, TensorId) { return true; }
  static bool reads_wide(const auto&, TensorId) { return false; }
  std::vector<bool> can_;
};

// The tensors that residual blocks add to: rounding them to half precision in every block would
// dominate the error of the network.
Plan widen_residual_streams(Plan plan) {
  const WideReaders readers(plan);
  std::vector<const FusedEpilogue*> epilogues;
  for (const Op& op : plan.ops) {
    if (const auto* conv = std::get_if<ConvOp>(&op)) epilogues.push_back(&conv->epilogue);
    if (const auto* product = std::get_if<MatMulOp>(&op)) epilogues.push_back(&product->epilogue);
  }
  for (const FusedEpilogue* e : epilogues) {
    const TensorId id = e->raw_out;
    if (id == kNoTensor || !plan.tensor(id).per_pixel || !readers.can(id)) continue;
    const bool is_stream = std::any_of(epilogues.begin(), epilogues.end(),
                                       [&](const auto* other) { return other->residual == id; });
    const bool ends_stream = e->residual != kNoTensor;
    plan.tensors[size(id)].wide = is_stream || ends_stream;
  }
  return plan;
}

}  // namespace

CudaProgram::CudaProgram(const Plan& plan, kernels::GpuType storage)
    : plan_(storage == kernels::GpuType::kF16 ? widen_residual_streams(plan) : plan),
      storage_(storage),
      lifetimes_(find_lifetimes(plan_)) {
  const Plan& fused = plan_;
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
  const bool half = buffer.per_pixel && !buffer.wide && storage_ == kernels::GpuType::kF16;
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
