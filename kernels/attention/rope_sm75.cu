// Rotary position embedding (attention.h). A thread owns eight consecutive channels, that is four
// pairs, of one pixel. Bound by memory.
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/half.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kThreads = 256;

// Index of the tables for pair `pair` of a head at a pixel.
HAYAGO_DEVICE std::size_t table_index(const GpuRope& args, int pixel, int head, int pair) {
  const int kv = head * args.kv_heads / args.heads;
  return (static_cast<std::size_t>(pixel) * args.kv_heads + kv) * (args.dim / 2) + pair;
}

template <class T>
HAYAGO_GPU_KERNEL(kThreads, 4)
rope(GpuRope args, unsigned groups, unsigned count) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= count) return;
  const int pixel = static_cast<int>(index / groups % static_cast<unsigned>(args.pixels));
  const int c = static_cast<int>(index % groups) * 8;
  int head = c / args.dim, pair = c % args.dim / 2;
  float v[8];
  load8(static_cast<const T*>(args.in) + std::size_t{index} * 8, v);
#pragma unroll
  for (int i = 0; i < 8; i += 2) {
    if (head >= args.heads) {
      v[i] = v[i + 1] = 0.0f;
      continue;
    }
    const std::size_t at = table_index(args, pixel, head, pair);
    const float cosine = args.cosines[at], sine = args.sines[at];
    const float first = v[i], second = v[i + 1];
    v[i] = first * cosine - second * sine;
    v[i + 1] = first * sine + second * cosine;
    if (++pair == args.dim / 2) pair = 0, ++head;
  }
  store8(static_cast<T*>(args.out) + std::size_t{index} * 8, v);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_rope(GpuType type, const GpuRope& args, GpuStream stream) {
  const unsigned groups = static_cast<unsigned>(gpu_padded(args.heads * args.dim) / 8);
  const unsigned count = static_cast<unsigned>(args.n * args.pixels) * groups;
  Grid grid;
  grid.x = static_cast<int>((count + kThreads - 1) / kThreads);
  grid.threads = kThreads;
  return launch_stored(type, rope<float>, rope<Half>, "rope: 8-bit activations are not available",
                       grid, stream, args, groups, count);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
