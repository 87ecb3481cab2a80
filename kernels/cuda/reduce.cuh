// Reductions of a fixed order.
#pragma once
#include "kernels/cuda/device.cuh"

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

// Over the lanes of a warp whose numbers differ in the bits from kFirst on; all get the result. The
// tree is the same for every lane because float addition commutes.
template <int kFirst = 1>
HAYAGO_DEVICE float warp_sum(float x) {
#pragma unroll
  for (int bit = kFirst; bit < 32; bit *= 2) x += __shfl_xor_sync(0xFFFFFFFFu, x, bit);
  return x;
}
template <int kFirst = 1>
HAYAGO_DEVICE float warp_max(float x) {
#pragma unroll
  for (int bit = kFirst; bit < 32; bit *= 2) x = fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, bit));
  return x;
}

// Over a block of kWarps warps; `partial` is shared memory for one float per warp. Also a barrier.
template <int kWarps>
HAYAGO_DEVICE float block_sum(float x, float* partial) {
  x = warp_sum(x);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0;
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) sum += partial[warp];
  return sum;
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
