// Products in binary16 with float accumulation on matrix units (mma.sync, compute 7.5 and later).
// Block tile 128 rows x kColumns channels, 32 deep, three stages; each of four warps owns 32 rows
// and all columns, so that its accumulators leave straight for memory (cuda/pack.h).
#pragma once
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kF16Rows = 128, kF16Depth = 32, kF16Threads = 128, kF16Stages = 3;
constexpr int kF16RowBytes = kF16Depth * 2;

template <int kColumns>
constexpr int f16_shared_bytes() {
  return kF16Stages * (kF16Rows + kColumns) * kF16RowBytes;
}

// Byte offset of 16-byte chunk `chunk` of tile row `row`. Eight consecutive rows of one chunk, what
// ldmatrix reads together, fall into eight different groups of banks.
HAYAGO_DEVICE int f16_chunk(int row, int chunk) {
  return row * kF16RowBytes + ((chunk ^ ((row >> 1) & 3)) << 4);
}

// The four tile rows of which this thread loads one chunk each.
struct F16Source {
  int row[4];  // clamped to a legal row
  int y[4], x[4];
};

HAYAGO_DEVICE F16Source f16_source(const GpuProduct& p, int row0) {
  F16Source source;
  const int pixels = p.h * p.w;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = row0 + static_cast<int>(threadIdx.x) / 4 + 32 * i;
    const bool inside = row < p.rows();
    const int pixel = inside ? row % pixels : 0;
    source.row[i] = inside ? row : 0;
    source.y[i] = inside ? pixel / p.w : -p.h - p.ky;  // outside for every tap
    source.x[i] = pixel % p.w;
  }
  return source;
}

// Where the reduction stands: a tap and a first channel.
struct F16Step {
  int dy, dx, channel;
};

HAYAGO_DEVICE void f16_advance(const GpuProduct& p, F16Step& step) {
  step.channel += kF16Depth;
  if (step.channel < gpu_padded(p.c_in)) return;
  step.channel = 0;
  if (++step.dx > p.kx / 2) {
    step.dx = -(p.kx / 2);
    ++step.dy;
  }
}

template <int kColumns>
HAYAGO_DEVICE void f16_load(const GpuProduct& p, const F16Source& source, const F16Step& step,
                            int k, int column0, unsigned char* stage) {
  const int thread = static_cast<int>(threadIdx.x), chunk = thread % 4;
  const int stride = gpu_padded(p.c_in), depth = p.ky * p.kx * stride;
  const auto* in = static_cast<const Half*>(p.in);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int y = source.y[i] + step.dy, x = source.x[i] + step.dx;
    const bool valid = y >= 0 && y < p.h && x >= 0 && x < p.w;
    const int row = source.row[i] + (valid ? step.dy * p.w + step.dx : 0);
    const Half* from = in + static_cast<std::size_t>(row) * stride + step.channel + chunk * 8;
    cp_async_16(stage + f16_chunk(thread / 4 + 32 * i, chunk), from, valid);
  }
  unsigned char* const weights = stage + kF16Rows * kF16RowBytes;
#pragma unroll
  for (int i = 0; i < kColumns / 32; ++i) {
    const int row = thread / 4 + 32 * i, column = column0 + row;
    const bool valid = column < gpu_padded(p.c_out);
    const Half* from = static_cast<const Half*>(p.weights) +
                       static_cast<std::size_t>(valid ? column : 0) * depth + k + chunk * 8;
    cp_async_16(weights + f16_chunk(row, chunk), from, valid);
  }
}

template <int kColumns>
HAYAGO_DEVICE void f16_multiply(const unsigned char* stage, float (&acc)[2][kColumns / 8][4]) {
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const unsigned char* const weights = stage + kF16Rows * kF16RowBytes;
#pragma unroll
  for (int half = 0; half < kF16Depth / 16; ++half) {
    std::uint32_t a[2][4];
#pragma unroll
    for (int m = 0; m < 2; ++m) {
      const int row = warp * 32 + m * 16 + lane % 16;
      ldmatrix_x4(a[m], stage + f16_chunk(row, half * 2 + lane / 16));
    }
#pragma unroll
    for (int pair = 0; pair < kColumns / 16; ++pair) {
      std::uint32_t b[4];  // two groups of eight columns, two halves of k each
      const int row = pair * 16 + lane / 16 * 8 + lane % 8;
      ldmatrix_x4(b, weights + f16_chunk(row, half * 2 + lane / 8 % 2));
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        mma_f16(acc[m][2 * pair], a[m], b[0], b[1]);
        mma_f16(acc[m][2 * pair + 1], a[m], b[2], b[3]);
      }
    }
  }
}

template <int kColumns>
HAYAGO_DEVICE void f16_finish(const GpuProduct& p, int row0, int column0,
                              float (&acc)[2][kColumns / 8][4]) {
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  EpilogueRow rows[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) rows[i] = epilogue_row(p, row0 + warp * 32 + i * 8 + lane / 4);
  const int c0 = column0 + lane % 4 * 8;
  const auto terms = [&](int group) { return load_terms(p.epilogue, c0 + group * 32); };
  finish_tile<Half, 4, kColumns / 32>(p, rows, c0, terms, [&](int i, int group, float* v) {
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = acc[i / 2][group * 4 + j / 2][i % 2 * 2 + j % 2];
  });
}

template <int kColumns>
HAYAGO_GPU_KERNEL(kF16Threads, 2)
product_f16(GpuProduct p) {
  const int row0 = static_cast<int>(blockIdx.x) * kF16Rows;
  const int column0 = static_cast<int>(blockIdx.y) * kColumns;
  constexpr int kStageBytes = (kF16Rows + kColumns) * kF16RowBytes;
  unsigned char* const shared = dynamic_shared();
  const int steps = p.ky * p.kx * gpu_padded(p.c_in) / kF16Depth;
  const F16Source source = f16_source(p, row0);
  F16Step next = {-(p.ky / 2), -(p.kx / 2), 0};
  float acc[2][kColumns / 8][4] = {};

  wait_for_previous_kernel();
  let_next_kernel_start();
  for (int s = 0; s < kF16Stages - 1; ++s) {
    if (s < steps)
      f16_load<kColumns>(p, source, next, s * kF16Depth, column0, shared + s * kStageBytes);
    f16_advance(p, next);
    cp_async_commit();
  }
  for (int s = 0; s < steps; ++s) {
    cp_async_wait<kF16Stages - 2>();
    __syncthreads();  // also: nobody reads any more what the next load overwrites
    const int ahead = s + kF16Stages - 1;
    if (ahead < steps) {
      f16_load<kColumns>(p, source, next, ahead * kF16Depth, column0,
                         shared + ahead % kF16Stages * kStageBytes);
      f16_advance(p, next);
    }
    cp_async_commit();
    f16_multiply<kColumns>(shared + s % kF16Stages * kStageBytes, acc);
  }
  f16_finish<kColumns>(p, row0, column0, acc);
}

}  // namespace
}  // namespace hayago::kernels
