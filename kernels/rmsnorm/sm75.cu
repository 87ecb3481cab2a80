// Root-mean-square norms (rmsnorm.h). Per pixel: a warp owns a row. Spatial: a block owns a
// position. Both read their input twice, the second time from a cache; sums have a fixed order.
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"
#include "kernels/cuda/reduce.cuh"

namespace hayago::kernels {
namespace {

constexpr int kPixelThreads = 128, kSpatialThreads = 1024;

HAYAGO_DEVICE bool is_on_board(const GpuRmsNorm& args, std::size_t row) {
  return args.mask == nullptr || args.mask[row] != 0;
}

template <class T>
HAYAGO_DEVICE float squares8(const T* from, float sum) {
  float v[8];
  load8(from, v);
#pragma unroll
  for (int i = 0; i < 8; ++i) sum = fmaf(v[i], v[i], sum);
  return sum;
}

HAYAGO_DEVICE float factor_of(float mean, float eps) { return 1.0f / sqrtf(mean + eps); }

// out[at .. at+7] for channels c..c+7; zeros off the board, where `in` is not read.
template <class T>
HAYAGO_DEVICE void write8(const GpuRmsNorm& args, std::size_t at, int c, float factor,
                          bool on_board) {
  float v[8] = {};
  if (on_board) {
    float gamma[8], beta[8];
    load8(static_cast<const T*>(args.in) + at, v);
    load8(args.gamma + c, gamma);
    load_or(args.beta, c, 0.0f, beta);
#pragma unroll
    for (int i = 0; i < 8; ++i) v[i] = fmaf(v[i] * factor, gamma[i], beta[i]);
    activate<T>(args.act, v);
  }
  store8(static_cast<T*>(args.out) + at, v);
}

template <class T>
HAYAGO_GPU_KERNEL(kPixelThreads, 4)
rms_norm_pixel(GpuRmsNorm args, int stride, int rows) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  const int row = static_cast<int>(blockIdx.x) * (kPixelThreads / 32) + thread / 32;
  if (row >= rows) return;
  const std::size_t first = static_cast<std::size_t>(row) * stride;
  const bool on_board = is_on_board(args, row);
  float sum = 0.0f;
  for (int c = lane * 8; on_board && c < stride; c += 256) {
    sum = squares8(static_cast<const T*>(args.in) + first + c, sum);
  }
  const float factor = factor_of(warp_sum(sum) / static_cast<float>(args.c), args.eps);
  for (int c = lane * 8; c < stride; c += 256) write8<T>(args, first + c, c, factor, on_board);
}

template <class T>
HAYAGO_GPU_KERNEL(kSpatialThreads, 1)
rms_norm_spatial(GpuRmsNorm args, int groups) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int thread = static_cast<int>(threadIdx.x);
  const std::size_t first = std::size_t{blockIdx.x} * args.pixels;
  const int count = args.pixels * groups;
  float sum = 0.0f;
  for (int i = thread; i < count; i += kSpatialThreads) {
    if (!is_on_board(args, first + i / groups)) continue;
    sum = squares8(static_cast<const T*>(args.in) + (first * groups + i) * 8, sum);
  }
  float* const partial = reinterpret_cast<float*>(dynamic_shared());
  const float squares = block_sum<kSpatialThreads / 32>(sum, partial);
  const float elements = args.area[blockIdx.x] * static_cast<float>(args.c);
  const float factor = factor_of(squares / elements, args.eps);
  for (int i = thread; i < count; i += kSpatialThreads) {
    write8<T>(args, (first * groups + i) * 8, i % groups * 8, factor,
              is_on_board(args, first + i / groups));
  }
}

template <class T>
const char* launch_rms_norm_of(const GpuRmsNorm& args, GpuStream stream) {
  const int stride = gpu_padded(args.c);
  Grid grid;
  if (args.spatial) {
    grid.x = args.n;
    grid.threads = kSpatialThreads;
    grid.shared_bytes = kSpatialThreads / 32 * static_cast<int>(sizeof(float));
    return launch(rms_norm_spatial<T>, grid, stream, args, stride / 8);
  }
  const int rows = args.n * args.pixels, rows_per_block = kPixelThreads / 32;
  grid.x = (rows + rows_per_block - 1) / rows_per_block;
  grid.threads = kPixelThreads;
  return launch(rms_norm_pixel<T>, grid, stream, args, stride, rows);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_rms_norm(GpuType type, const GpuRmsNorm& args, GpuStream stream) {
  switch (type) {
    case GpuType::kF32:
      return launch_rms_norm_of<float>(args, stream);
    case GpuType::kF16:
      return launch_rms_norm_of<Half>(args, stream);
    case GpuType::kI8:
      break;
  }
  return "rms_norm: 8-bit activations are not available";
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
