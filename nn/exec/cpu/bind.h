// Internal to this folder: one bind() per primitive.
#pragma once
#include "nn/exec/cpu/cpu_op.h"

namespace hayago::nn {

struct Binding {
  const Plan& plan;
  const CpuKernels& kernels;
};

using CpuOpPtr = std::unique_ptr<CpuOp>;

// bind_product.cc
CpuOpPtr bind(const ConvOp& op, const Binding& to);
CpuOpPtr bind(const MatMulOp& op, const Binding& to);
CpuOpPtr bind(const NarrowOp& op, const Binding& to);
// bind_elementwise.cc
CpuOpPtr bind(const AddBiasOp& op, const Binding& to);
CpuOpPtr bind(const AddRowBiasOp& op, const Binding& to);
CpuOpPtr bind(const AddOp& op, const Binding& to);
CpuOpPtr bind(const NormActOp& op, const Binding& to);
CpuOpPtr bind(const PoolOp& op, const Binding& to);
// bind_transformer.cc
CpuOpPtr bind(const RmsNormOp& op, const Binding& to);
CpuOpPtr bind(const RopeOp& op, const Binding& to);
CpuOpPtr bind(const AttentionOp& op, const Binding& to);
CpuOpPtr bind(const SiluGateOp& op, const Binding& to);

// Rows and mask of a tensor: pixels, or positions (which have no mask).
struct Rows {
  int count, per_position;
  const float* mask;
};
inline Rows rows_of(const OpRun& run, bool per_pixel) {
  if (per_pixel) return {run.n * run.pixels(), run.pixels(), run.mask};
  return {run.n, 1, nullptr};
}

// The share's rows of an operation that works row by row.
struct RowShare {
  int first, count;
  const float* mask;  // of the first one, or null
  // A tensor (rows, channels) from the first row on.
  template <class T>
  T* of(T* tensor, int channels) const {
    return tensor == nullptr
               ? nullptr
               : tensor + static_cast<std::ptrdiff_t>(first) * kernels::padded(channels);
  }
};
inline RowShare row_share(const OpRun& run, bool per_pixel) {
  const Rows rows = rows_of(run, per_pixel);
  const int first = run.share.begin(rows.count), end = run.share.end(rows.count);
  return {first, end - first, rows.mask == nullptr ? nullptr : rows.mask + first};
}

}  // namespace hayago::nn
