// Inputs of a network from what crosses the bus (struct GpuExpand): one block per position.
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/half.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"
#include "kernels/cuda/reduce.cuh"

namespace hayago::kernels {
namespace {

constexpr int kThreads = 256;

// Value of channel c at a pixel; 0 in the padding.
HAYAGO_DEVICE float plane_value(const GpuExpand& args, std::size_t pixel, int c) {
  if (c >= args.c) return 0.0f;
  if (args.planes != nullptr) return static_cast<float>(args.planes[pixel] >> c & 1u);
  return args.dense[pixel * args.c + c];
}

template <class T>
HAYAGO_GPU_KERNEL(kThreads, 4)
expand(GpuExpand args, int groups) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int thread = static_cast<int>(threadIdx.x);
  const std::size_t first = std::size_t{blockIdx.x} * args.pixels;
  float count = 0;
  for (int pixel = thread; pixel < args.pixels; pixel += kThreads) {
    const bool on_board = plane_value(args, first + pixel, 0) != 0;
    args.mask[first + pixel] = on_board ? 1 : 0;
    count += on_board ? 1.0f : 0.0f;
  }
  for (int i = thread; i < args.pixels * groups; i += kThreads) {
    const int pixel = i / groups, c = i % groups * 8;
    float v[8];
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = plane_value(args, first + pixel, c + j);
    store8(static_cast<T*>(args.spatial) + (first * groups + i) * 8, v);
  }
  const float area = block_sum<kThreads / 32>(count, reinterpret_cast<float*>(dynamic_shared()));
  if (thread == 0) args.area[blockIdx.x] = area;
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_expand(GpuType type, const GpuExpand& args, GpuStream stream) {
  if (args.planes != nullptr && args.c > 32) return "expand: more than 32 planes of bits";
  const int groups = gpu_padded(args.c) / 8;
  Grid grid;
  grid.x = args.n;
  grid.threads = kThreads;
  grid.shared_bytes = kThreads / 32 * static_cast<int>(sizeof(float));
  return launch_stored(type, expand<float>, expand<Half>,
                       "expand: 8-bit activations are not available", grid, stream, args, groups);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
