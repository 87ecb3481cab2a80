// Products in float on plain cores: the oracle of the GPU and the path of GPUs without matrix
// units. acc(row, o) = sum_k in(row moved by tap(k), channel(k)) * weights[k][o]; layouts:
// cuda/pack.h. Block tile 64 rows x 64 channels, 16 deep; a thread holds 4 rows x 8 channels, so
// that a step of k costs 12 shared-memory words for 32 multiplications.
#pragma once
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kF32Rows = 64, kF32Columns = 64, kF32Depth = 16, kF32Threads = 128;
constexpr int kF32Pitch = kF32Rows + 4;  // of a transposed row of inputs: fewer bank conflicts
constexpr int kF32SharedBytes = kF32Depth * (kF32Pitch + kF32Columns) * 4;

// One row of the tile as a thread loads it.
struct F32Source {
  const float* at;  // channel 0 of the pixel itself
  int y, x;         // y < 0: beyond the last row
};

HAYAGO_DEVICE F32Source f32_source(const GpuProduct& p, int row) {
  const int pixels = p.h * p.w;
  const bool inside = row < p.rows();
  const int pixel = inside ? row % pixels : 0;
  const auto* in = static_cast<const float*>(p.in);
  return {in + static_cast<std::size_t>(inside ? row : 0) * gpu_padded(p.c_in),
          inside ? pixel / p.w : -p.h - p.ky, pixel % p.w};
}

// The tile of inputs, (kF32Depth, kF32Pitch), and of weights, (kF32Depth, kF32Columns), at depth k.
HAYAGO_DEVICE void f32_load(const GpuProduct& p, const F32Source (&source)[2], int k, int column0,
                            float* inputs, float* weights) {
  const int thread = static_cast<int>(threadIdx.x);
  const int stride = gpu_padded(p.c_in), columns = gpu_padded(p.c_out);
  const int tap = k / stride, channel = k % stride + thread % 4 * 4;
  const int dy = tap / p.kx - p.ky / 2, dx = tap % p.kx - p.kx / 2;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int y = source[i].y + dy, x = source[i].x + dx;
    const bool valid = y >= 0 && y < p.h && x >= 0 && x < p.w;
    Float4 v = {};
    if (valid) {
      v = *reinterpret_cast<const Float4*>(source[i].at + (dy * p.w + dx) * stride + channel);
    }
#pragma unroll
    for (int e = 0; e < 4; ++e)
      inputs[(thread % 4 * 4 + e) * kF32Pitch + thread / 4 + 32 * i] = v.v[e];
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int depth = thread / 16 + 8 * i, column = thread % 16 * 4;
    Float4 v = {};
    if (column0 + column < columns) {
      const auto* from = static_cast<const float*>(p.weights);
      v = *reinterpret_cast<const Float4*>(from + static_cast<std::size_t>(k + depth) * columns +
                                           column0 + column);
    }
    *reinterpret_cast<Float4*>(weights + depth * kF32Columns + column) = v;
  }
}

HAYAGO_DEVICE void f32_multiply(const float* inputs, const float* weights, int row, int column,
                                float (&acc)[4][8]) {
#pragma unroll
  for (int k = 0; k < kF32Depth; ++k) {
    const Float4 a = *reinterpret_cast<const Float4*>(inputs + k * kF32Pitch + row);
    float b[8];
    load8(weights + k * kF32Columns + column, b);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 8; ++j) acc[i][j] = fmaf(a.v[i], b[j], acc[i][j]);
    }
  }
}

HAYAGO_GPU_KERNEL(kF32Threads, 3) product_f32(GpuProduct p) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  float* const inputs = reinterpret_cast<float*>(dynamic_shared());
  float* const weights = inputs + kF32Depth * kF32Pitch;
  const int thread = static_cast<int>(threadIdx.x);
  const int row0 = static_cast<int>(blockIdx.x) * kF32Rows;
  const int column0 = static_cast<int>(blockIdx.y) * kF32Columns;
  const F32Source source[2] = {f32_source(p, row0 + thread / 4),
                               f32_source(p, row0 + thread / 4 + 32)};
  const int row = thread / 8 * 4, column = thread % 8 * 8;
  float acc[4][8] = {};
  const int depth = p.ky * p.kx * gpu_padded(p.c_in);
  for (int k = 0; k < depth; k += kF32Depth) {
    f32_load(p, source, k, column0, inputs, weights);
    __syncthreads();
    f32_multiply(inputs, weights, row, column, acc);
    __syncthreads();
  }
  EpilogueRow rows[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) rows[i] = epilogue_row(p, row0 + row + i);
  const auto terms = [&](int) { return load_terms(p.epilogue, column0 + column); };
  finish_tile<float, 4, 1>(p, rows, column0 + column, terms, [&](int i, int, float* v) {
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = acc[i][j];
  });
}

}  // namespace
}  // namespace hayago::kernels
