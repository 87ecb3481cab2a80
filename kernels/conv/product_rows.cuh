// Products of per-position rows (h = w = 1) in float: few rows, so what counts is latency. A block
// owns 4 rows x 32 channels; 256 threads split the reduction into eight parts of equal length, each
// part in increasing k, and add the parts in a fixed order. Weights: [k][channel] (cuda/pack.h).
#pragma once
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kRowsThreads = 256, kRowsTall = 4, kRowsColumns = 32;
constexpr int kRowsParts = kRowsThreads / kRowsColumns;

constexpr int rows_shared_bytes(int c_in) {
  return (kRowsTall * gpu_padded(c_in) + kRowsParts * kRowsTall * kRowsColumns) * 4;
}

// Sums of one part of k for one channel and all rows of the block.
HAYAGO_DEVICE void rows_part(const GpuProduct& p, const float* inputs, int column, int part,
                             float (&sum)[kRowsTall]) {
  const int depth = gpu_padded(p.c_in), columns = gpu_padded(p.c_out);
  const int length = depth / kRowsParts;  // a multiple of 4
  const float* const weights =
      static_cast<const float*>(p.weights) + static_cast<std::size_t>(part) * length * columns;
#pragma unroll 4
  for (int k = 0; k < length; ++k) {
    const float weight = weights[static_cast<std::size_t>(k) * columns + column];
#pragma unroll
    for (int r = 0; r < kRowsTall; ++r) {
      sum[r] = fmaf(inputs[r * depth + part * length + k], weight, sum[r]);
    }
  }
}

HAYAGO_GPU_KERNEL(kRowsThreads, 2) product_rows(GpuProduct p) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int thread = static_cast<int>(threadIdx.x), depth = gpu_padded(p.c_in);
  const int row0 = static_cast<int>(blockIdx.x) * kRowsTall;
  const int column0 = static_cast<int>(blockIdx.y) * kRowsColumns;
  float* const inputs = reinterpret_cast<float*>(dynamic_shared());  // (kRowsTall, depth)
  float* const parts = inputs + kRowsTall * depth;                   // (parts, rows, columns)
  for (int i = thread; i < kRowsTall * depth; i += kRowsThreads) {
    const int row = row0 + i / depth;
    inputs[i] = row < p.rows() ? static_cast<const float*>(p.in)[row0 * depth + i] : 0.0f;
  }
  __syncthreads();
  const int column = thread % kRowsColumns, part = thread / kRowsColumns;
  float sum[kRowsTall] = {};
  rows_part(p, inputs, column0 + column, part, sum);
#pragma unroll
  for (int r = 0; r < kRowsTall; ++r) {
    parts[(part * kRowsTall + r) * kRowsColumns + column] = sum[r];
  }
  __syncthreads();
  if (thread >= kRowsTall * kRowsColumns / 8) return;
  const int row = thread / (kRowsColumns / 8), first = thread % (kRowsColumns / 8) * 8;
  const EpilogueRow rows[1] = {epilogue_row(p, row0 + row)};
  const int c0 = column0 + first;
  const auto terms = [&](int) { return load_terms(p.epilogue, c0); };
  finish_tile<float, 1, 1>(p, rows, c0, terms, [&](int, int, float* v) {
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      v[j] = 0.0f;
      for (int i = 0; i < kRowsParts; ++i) {
        v[j] += parts[(i * kRowsTall + row) * kRowsColumns + first + j];
      }
    }
  });
}

}  // namespace
}  // namespace hayago::kernels
