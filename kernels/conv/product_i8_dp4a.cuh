// Products of signed bytes with int32 sums, four at a time on plain cores (dp4a, compute 6.1 and
// later): for GPUs without product_i8.cuh. Block tile 64 rows x 64 channels, 64 deep; shared memory
// holds words of four consecutive k, transposed; a thread holds 4 rows x 8 channels.
#pragma once
#include "kernels/conv/product_i8.cuh"
#include "kernels/cuda/pack.h"

namespace hayago::kernels {
namespace {

constexpr int kDp4aRows = 64, kDp4aColumns = 64, kDp4aThreads = 128;
constexpr int kDp4aWords = kI8Depth / 4;
constexpr int kDp4aPitch = 64 + 4;  // of a row of 64 words: fewer bank conflicts
constexpr int kDp4aSharedBytes = kDp4aWords * 2 * kDp4aPitch * 4;

struct alignas(16) Words4 {
  int v[4];
};

HAYAGO_DEVICE Words4 load_words(const void* from) { return *static_cast<const Words4*>(from); }

// Where the channel of a tile lies in a row of weights: the first halves of all groups of eight
// before the second ones, so that what a warp reads at a time fills all banks.
HAYAGO_DEVICE int dp4a_place(int channel) {
  return channel % 8 / 4 * 32 + channel / 8 * 4 + channel % 4;
}

HAYAGO_DEVICE void dp4a_put(int* tile, int chunk, int place, const Words4& words) {
#pragma unroll
  for (int i = 0; i < 4; ++i) tile[(chunk * 4 + i) * kDp4aPitch + place] = words.v[i];
}

// inputs, weights: (kDp4aWords, kDp4aPitch). See i8_load().
HAYAGO_DEVICE void dp4a_load(const GpuProduct& p, const F16Source& source, const I8Step& step,
                             int column0, int* inputs, int* weights) {
  const int thread = static_cast<int>(threadIdx.x), chunk = thread % 4, in_half = chunk % 2 * 16;
  const int stride = gpu_padded(p.c_in), depth = p.ky * p.kx * stride;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int y = source.y[i] + step.at.dy, x = source.x[i] + step.at.dx;
    Words4 words = {};
    if (y >= 0 && y < p.h && x >= 0 && x < p.w) {
      const int row = source.row[i] + step.at.dy * p.w + step.at.dx;
      words = load_words(static_cast<const std::int8_t*>(p.in) +
                         static_cast<std::size_t>(row) * stride + step.at.channel + in_half);
    }
    dp4a_put(inputs, chunk, thread / 4 + 32 * i, words);
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int row = thread / 4 + 32 * i, column = column0 + row;
    Words4 words = {};
    if (column < gpu_padded(p.c_out) && step.k < depth) {
      words = load_words(static_cast<const std::int8_t*>(p.weights) +
                         static_cast<std::size_t>(column) * depth + step.k + in_half);
    }
    dp4a_put(weights, chunk, dp4a_place(channel_of_row(row)), words);
  }
}

// row: the first of four; group: of eight channels.
HAYAGO_DEVICE void dp4a_multiply(const int* inputs, const int* weights, int row, int group,
                                 int (&acc)[4][8]) {
#pragma unroll
  for (int k = 0; k < kDp4aWords; ++k) {
    const Words4 a = load_words(inputs + k * kDp4aPitch + row);
    const Words4 low = load_words(weights + k * kDp4aPitch + group * 4);
    const Words4 high = load_words(weights + k * kDp4aPitch + 32 + group * 4);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        acc[i][j] = __dp4a(a.v[i], low.v[j], acc[i][j]);
        acc[i][4 + j] = __dp4a(a.v[i], high.v[j], acc[i][4 + j]);
      }
    }
  }
}

HAYAGO_GPU_KERNEL(kDp4aThreads, 4) product_i8_dp4a(GpuProduct p) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  int* const inputs = reinterpret_cast<int*>(dynamic_shared());
  int* const weights = inputs + kDp4aWords * kDp4aPitch;
  const int thread = static_cast<int>(threadIdx.x);
  const int row0 = static_cast<int>(blockIdx.x) * kDp4aRows;
  const int column0 = static_cast<int>(blockIdx.y) * kDp4aColumns;
  const F16Source source = f16_source(p, row0);  // two of its four rows are ours
  const int row = thread / 8 * 4, group = thread % 8;
  int acc[4][8] = {};
  I8Step step = i8_first_step(p);
  const int depth = p.ky * p.kx * gpu_padded(p.c_in);
  for (int k = 0; k < depth; k += kI8Depth) {
    dp4a_load(p, source, step, column0, inputs, weights);
    i8_advance(p, step);
    __syncthreads();
    dp4a_multiply(inputs, weights, row, group, acc);
    __syncthreads();
  }
  EpilogueRow rows[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) rows[i] = epilogue_row(p, row0 + row + i);
  const int c0 = column0 + group * 8;
  const auto terms = [&](int) { return load_terms(p.epilogue, c0); };
  finish_tile<Half, 4, 1>(p, rows, c0, terms, [&](int i, int, float* v) {
    float acc_scale[8];
    load8(p.epilogue.acc_scale + c0, acc_scale);
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = dequantized(acc[i][j], acc_scale[j]);
  });
}

}  // namespace
}  // namespace hayago::kernels
