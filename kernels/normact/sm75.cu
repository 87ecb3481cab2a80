// out = mask ? act(scale * (in + row + residual) + shift) : 0, see struct GpuNormAct.
// A thread owns eight consecutive channels of one row, so that a warp moves whole lines; nothing is
// shared. Bound by memory.
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kThreads = 256;

template <class T>
HAYAGO_DEVICE void add_from(const T* from, float (&v)[8]) {
  float other[8];
  load8(from, other);
#pragma unroll
  for (int i = 0; i < 8; ++i) v[i] += other[i];
}

// groups: eights of channels in a row.
template <class T>
HAYAGO_GPU_KERNEL(kThreads, 4)
norm_act(GpuNormAct args, unsigned groups, unsigned count) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= count) return;
  const unsigned row = index / groups;
  const int c = static_cast<int>(index % groups) * 8;
  const std::size_t at = std::size_t{index} * 8;
  const bool on_board = args.mask == nullptr || args.mask[row] != 0;
  float v[8] = {};
  if (on_board || !args.mask_in) load8(static_cast<const T*>(args.in) + at, v);
  if (args.row != nullptr) {
    add_from(args.row + std::size_t{row / static_cast<unsigned>(args.pixels)} * groups * 8 + c, v);
  }
  if (args.residual != nullptr) add_from(static_cast<const T*>(args.residual) + at, v);
  float scale[8], shift[8];
  load_or(args.scale, c, 1.0f, scale);
  load_or(args.shift, c, 0.0f, shift);
#pragma unroll
  for (int i = 0; i < 8; ++i) v[i] = fmaf(scale[i], v[i], shift[i]);
  activate<T>(args.act, v);
  if (!on_board && args.mask_out) {
#pragma unroll
    for (int i = 0; i < 8; ++i) v[i] = 0.0f;
  }
  store8(static_cast<T*>(args.out) + at, v);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_norm_act(GpuType type, const GpuNormAct& args, GpuStream stream) {
  const unsigned groups = static_cast<unsigned>(gpu_padded(args.c) / 8);
  const unsigned count = static_cast<unsigned>(args.n * args.pixels) * groups;
  Grid grid;
  grid.x = static_cast<int>((count + kThreads - 1) / kThreads);
  grid.threads = kThreads;
  return launch_stored(type, norm_act<float>, norm_act<Half>,
                       "norm_act: 8-bit activations are not available", grid, stream, args, groups,
                       count);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
