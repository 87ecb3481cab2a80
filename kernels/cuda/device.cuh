// What kernels are written in: the CUDA language, or its emulation on the CPU when
// HAYAGO_CUDA_EMULATE is set. Kernels use only names from here, from half.cuh and from ptx.cuh.
//   HAYAGO_GPU_KERNEL(threads, blocks)  heads a kernel: at most `threads` per block, at least
//                                       `blocks` blocks per multiprocessor wanted
//   HAYAGO_DEVICE                       heads a device function (inlined)
//   threadIdx, blockIdx, blockDim, gridDim, __syncthreads(), __syncwarp(), __shfl_xor_sync(),
//   __dp4a() as in CUDA; dynamic_shared() is the block's dynamic shared memory.
// Static __shared__ arrays, atomics and warp votes are not part of it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/cuda/backend.h"

#ifdef HAYAGO_CUDA_EMULATE
#include "kernels/cuda/emulate/device.h"
#else
#include <cuda_runtime.h>

#define HAYAGO_GPU_KERNEL(threads, blocks) __global__ void __launch_bounds__(threads, blocks)
#define HAYAGO_DEVICE __device__ __forceinline__

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

// 1024 bytes: the period of the widest shared-memory swizzle.
HAYAGO_DEVICE unsigned char* dynamic_shared() {
  extern __shared__ __align__(1024) unsigned char hayago_dynamic_shared[];
  return hayago_dynamic_shared;
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
#endif
