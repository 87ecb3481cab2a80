// Internal to this folder: one bind() per primitive.
#pragma once
#include "nn/exec/cuda/gpu_op.h"

namespace hayago::nn {

struct GpuBinding {
  const Plan& plan;
  kernels::GpuType storage;
  ConstantImage& image;

  bool per_pixel(TensorId id) const { return plan.tensor(id).per_pixel; }
  int channels(TensorId id) const { return plan.tensor(id).channels; }
  kernels::GpuType type_of(TensorId id) const {
    return per_pixel(id) ? storage : kernels::GpuType::kF32;
  }
};

using GpuOpPtr = std::unique_ptr<GpuOp>;

// bind_product.cc
GpuOpPtr bind(const ConvOp& op, const GpuBinding& to);
GpuOpPtr bind(const MatMulOp& op, const GpuBinding& to);
// bind_elementwise.cc
GpuOpPtr bind(const AddBiasOp& op, const GpuBinding& to);
GpuOpPtr bind(const AddRowBiasOp& op, const GpuBinding& to);
GpuOpPtr bind(const AddOp& op, const GpuBinding& to);
GpuOpPtr bind(const NormActOp& op, const GpuBinding& to);
GpuOpPtr bind(const PoolOp& op, const GpuBinding& to);
// bind_transformer.cc
GpuOpPtr bind(const RmsNormOp& op, const GpuBinding& to);
GpuOpPtr bind(const RopeOp& op, const GpuBinding& to);
GpuOpPtr bind(const AttentionOp& op, const GpuBinding& to);
GpuOpPtr bind(const SiluGateOp& op, const GpuBinding& to);
// Programs store per-pixel tensors in one type and never contain it.
GpuOpPtr bind(const NarrowOp& op, const GpuBinding& to);

// Throws GpuError if a launcher gave a reason.
void check_launch(const char* reason, const std::string& operation);

}  // namespace hayago::nn
