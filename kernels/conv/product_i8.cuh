// Products of signed bytes with int32 sums on matrix units (mma.sync, compute 8.0 and later). Tile,
// stages and swizzle are those of product_f16.cuh: a row of a stage has as many bytes, here 64
// deep. The first and the second 32 of a row may belong to different taps, so that no depth is
// wasted; a thread always fetches chunks of the same half.
#pragma once
#include "kernels/conv/product_f16.cuh"

namespace hayago::kernels {
namespace {

constexpr int kI8Depth = kF16RowBytes;

template <int kColumns>
constexpr int i8_shared_bytes() {
  return f16_shared_bytes<kColumns>();
}

// Where the reduction stands for this thread: the first of its 32 channels.
struct I8Step {
  F16Step at;
  int k;
};

HAYAGO_DEVICE void i8_skip_half(const GpuProduct& p, I8Step& step) {
  f16_advance(p, step.at);
  step.k += kI8Depth / 2;
}

HAYAGO_DEVICE I8Step i8_first_step(const GpuProduct& p) {
  I8Step step = {{-(p.ky / 2), -(p.kx / 2), 0}, 0};
  if (threadIdx.x % 4 >= 2) i8_skip_half(p, step);
  return step;
}

HAYAGO_DEVICE void i8_advance(const GpuProduct& p, I8Step& step) {
  i8_skip_half(p, step);
  i8_skip_half(p, step);
}

// A last half beyond the reduction multiplies whatever input by weights of 0.
template <int kColumns>
HAYAGO_DEVICE void i8_load(const GpuProduct& p, const F16Source& source, const I8Step& step,
                           int column0, unsigned char* stage) {
  const int thread = static_cast<int>(threadIdx.x), chunk = thread % 4, in_half = chunk % 2 * 16;
  const int stride = gpu_padded(p.c_in), depth = p.ky * p.kx * stride;
  const auto* in = static_cast<const std::int8_t*>(p.in);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int y = source.y[i] + step.at.dy, x = source.x[i] + step.at.dx;
    const bool valid = y >= 0 && y < p.h && x >= 0 && x < p.w;
    const int row = source.row[i] + (valid ? step.at.dy * p.w + step.at.dx : 0);
    const auto* from = in + static_cast<std::size_t>(row) * stride + step.at.channel + in_half;
    cp_async_16(stage + f16_chunk(thread / 4 + 32 * i, chunk), from, valid);
  }
  const auto* const packed = static_cast<const std::int8_t*>(p.weights);
  unsigned char* const weights = stage + kF16Rows * kF16RowBytes;
#pragma unroll
  for (int i = 0; i < kColumns / 32; ++i) {
    const int row = thread / 4 + 32 * i, column = column0 + row;
    const bool valid = column < gpu_padded(p.c_out) && step.k < depth;
    const std::size_t at = static_cast<std::size_t>(column) * depth + step.k + in_half;
    cp_async_16(weights + f16_chunk(row, chunk), packed + (valid ? at : 0), valid);
  }
}

template <int kColumns>
HAYAGO_DEVICE void i8_multiply(const unsigned char* stage, int (&acc)[2][kColumns / 8][4]) {
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const unsigned char* const weights = stage + kF16Rows * kF16RowBytes;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    std::uint32_t a[2][4];
#pragma unroll
    for (int m = 0; m < 2; ++m) {
      const int row = warp * 32 + m * 16 + lane % 16;
      ldmatrix_x4(a[m], stage + f16_chunk(row, half * 2 + lane / 16));
    }
#pragma unroll
    for (int pair = 0; pair < kColumns / 16; ++pair) {
      std::uint32_t b[4];  // two groups of eight columns, 16 bytes of k twice each
      const int row = pair * 16 + lane / 16 * 8 + lane % 8;
      ldmatrix_x4(b, weights + f16_chunk(row, half * 2 + lane / 8 % 2));
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        mma_s8(acc[m][2 * pair], a[m], b[0], b[1]);
        mma_s8(acc[m][2 * pair + 1], a[m], b[2], b[3]);
      }
    }
  }
}

template <int kColumns>
HAYAGO_DEVICE void i8_finish(const GpuProduct& p, int row0, int column0,
                             const int (&acc)[2][kColumns / 8][4]) {
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  EpilogueRow rows[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) rows[i] = epilogue_row(p, row0 + warp * 32 + i * 8 + lane / 4);
  const int c0 = column0 + lane % 4 * 8;
  const auto terms = [&](int group) { return load_terms(p.epilogue, c0 + group * 32); };
  finish_tile<Half, 4, kColumns / 32>(p, rows, c0, terms, [&](int i, int group, float* v) {
    float acc_scale[8];
    load8(p.epilogue.acc_scale + c0 + group * 32, acc_scale);
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      v[j] = dequantized(acc[i / 2][group * 4 + j / 2][i % 2 * 2 + j % 2], acc_scale[j]);
    }
  });
}

template <int kColumns>
HAYAGO_GPU_KERNEL(kF16Threads, 2)
product_i8(GpuProduct p) {
  const int row0 = static_cast<int>(blockIdx.x) * kF16Rows;
  const int column0 = static_cast<int>(blockIdx.y) * kColumns;
  constexpr int kStageBytes = (kF16Rows + kColumns) * kF16RowBytes;
  unsigned char* const shared = dynamic_shared();
  const int steps = (p.ky * p.kx * gpu_padded(p.c_in) + kI8Depth - 1) / kI8Depth;
  const F16Source source = f16_source(p, row0);
  I8Step next = i8_first_step(p);
  int acc[2][kColumns / 8][4] = {};

  wait_for_previous_kernel();
  let_next_kernel_start();
  for (int s = 0; s < kF16Stages - 1; ++s) {
    if (s < steps) i8_load<kColumns>(p, source, next, column0, shared + s * kStageBytes);
    i8_advance(p, next);
    cp_async_commit();
  }
  for (int s = 0; s < steps; ++s) {
    cp_async_wait<kF16Stages - 2>();
    __syncthreads();  // also: nobody reads any more what the next load overwrites
    const int ahead = s + kF16Stages - 1;
    if (ahead < steps) {
      i8_load<kColumns>(p, source, next, column0, shared + ahead % kF16Stages * kStageBytes);
      i8_advance(p, next);
    }
    cp_async_commit();
    i8_multiply<kColumns>(shared + s % kF16Stages * kStageBytes, acc);
  }
  i8_finish<kColumns>(p, row0, column0, acc);
}

}  // namespace
}  // namespace hayago::kernels
