// Global pooling (gpool.h). A block owns 32 channels of one position: four threads of eight
// channels side by side, 64 pixels at a time. Lanes, then warps, are added up in a fixed order.
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/half.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"
#include "kernels/cuda/reduce.cuh"

namespace hayago::kernels {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / 32, kChannels = 32;
constexpr int kColumns = kChannels / 8;       // threads side by side
constexpr int kPixels = kThreads / kColumns;  // pixels at a time
constexpr int kSharedFloats = 2 * kWarps * kChannels;

// Sums and maxima of this thread's eight channels over its pixels; a maximum counts points off the
// board as -1.
template <class T>
HAYAGO_DEVICE void reduce_pixels(const GpuPool& args, std::size_t first, int stride, int c,
                                 float (&sum)[8], float (&maximum)[8]) {
#pragma unroll
  for (int i = 0; i < 8; ++i) sum[i] = 0.0f, maximum[i] = -1.0f;
  for (int p = static_cast<int>(threadIdx.x) / kColumns; p < args.pixels; p += kPixels) {
    const std::size_t pixel = first + p;
    const bool on_board = args.mask == nullptr || args.mask[pixel] != 0;
    float v[8];
    load8(static_cast<const T*>(args.in) + pixel * stride + c, v);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      sum[i] += v[i];
      if (on_board) maximum[i] = fmaxf(maximum[i], v[i]);
    }
  }
}

template <class T>
HAYAGO_GPU_KERNEL(kThreads, 4)
pool(GpuPool args, int stride, int out_stride) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int thread = static_cast<int>(threadIdx.x);
  const int group = static_cast<int>(blockIdx.x), position = static_cast<int>(blockIdx.y);
  const int in_group = thread % kColumns * 8;
  float sum[8], maximum[8];
  reduce_pixels<T>(args, static_cast<std::size_t>(position) * args.pixels, stride,
                   group * kChannels + in_group, sum, maximum);
  float* const sums = reinterpret_cast<float*>(dynamic_shared());  // (kWarps, kChannels)
  float* const maxima = sums + kWarps * kChannels;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    sum[i] = warp_sum<kColumns>(sum[i]);
    maximum[i] = warp_max<kColumns>(maximum[i]);
    if (thread % 32 < kColumns) {
      sums[thread / 32 * kChannels + in_group + i] = sum[i];
      maxima[thread / 32 * kChannels + in_group + i] = maximum[i];
    }
  }
  __syncthreads();
  float* const out = args.out + static_cast<std::size_t>(position) * out_stride;
  if (group == 0) {
    for (int i = 3 * args.c + thread; i < out_stride; i += kThreads) out[i] = 0.0f;
  }
  const int c = group * kChannels + thread;
  if (thread >= kChannels || c >= args.c) return;
  float total = 0.0f, largest = -1.0f;
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    total += sums[warp * kChannels + thread];
    largest = fmaxf(largest, maxima[warp * kChannels + thread]);
  }
  const float mean = total / args.area[position];
  const float size = sqrtf(args.area[position]) - 14.0f;
  out[c] = mean;
  out[args.c + c] = mean * (size * 0.1f);
  out[2 * args.c + c] = args.value_head ? mean * (size * size * 0.01f - 0.1f) : largest;
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_pool(GpuType type, const GpuPool& args, GpuStream stream) {
  const int stride = gpu_padded(args.c), out_stride = gpu_padded(3 * args.c);
  Grid grid;
  grid.x = stride / kChannels;
  grid.y = args.n;
  grid.threads = kThreads;
  grid.shared_bytes = kSharedFloats * static_cast<int>(sizeof(float));
  return launch_stored(type, pool<float>, pool<Half>, "pool: 8-bit activations are not available",
                       grid, stream, args, stride, out_stride);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
