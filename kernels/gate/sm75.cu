// out = silu(a) * g. A thread owns eight consecutive channels. Bound by memory.
#include "kernels/cuda/activation.cuh"
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kThreads = 256;

template <class T>
HAYAGO_GPU_KERNEL(kThreads, 4)
silu_gate(GpuGate args, unsigned count) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= count) return;
  const std::size_t at = std::size_t{index} * 8;
  float a[8], g[8];
  load8(static_cast<const T*>(args.a) + at, a);
  load8(static_cast<const T*>(args.g) + at, g);
#pragma unroll
  for (int i = 0; i < 8; ++i) a[i] = silu<T>(a[i]) * g[i];
  store8(static_cast<T*>(args.out) + at, a);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_gate(GpuType type, const GpuGate& args, GpuStream stream) {
  const unsigned count = static_cast<unsigned>(args.rows) * (gpu_padded(args.c) / 8);
  Grid grid;
  grid.x = static_cast<int>((count + kThreads - 1) / kThreads);
  grid.threads = kThreads;
  return launch_stored(type, silu_gate<float>, silu_gate<Half>,
                       "gate: 8-bit activations are not available", grid, stream, args, count);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
