// Starting a kernel: on the device with programmatic dependent launch where the chip has it, or
// block after block under emulation.
#pragma once
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/gpu.h"

#ifdef HAYAGO_CUDA_EMULATE
#include "kernels/cuda/emulate/launch.h"
#else

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

struct Grid {
  int x = 1, y = 1, z = 1;
  int threads = 256;
  int shared_bytes = 0;
};

// Null, or what the runtime reports. Kernels start with wait_for_previous_kernel().
template <class... Parameters, class... Arguments>
const char* launch(void (*kernel)(Parameters...), const Grid& grid, GpuStream stream,
                   const Arguments&... arguments) {
  if (grid.shared_bytes > 48 * 1024) {
    const cudaError_t raised = cudaFuncSetAttribute(
        kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, grid.shared_bytes);
    if (raised != cudaSuccess) return cudaGetErrorString(raised);
  }
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                        static_cast<unsigned>(grid.z));
  config.blockDim = dim3(static_cast<unsigned>(grid.threads));
  config.dynamicSmemBytes = static_cast<std::size_t>(grid.shared_bytes);
  config.stream = static_cast<cudaStream_t>(stream);
  int device = 0, major = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaLaunchAttribute early = {};
  early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  early.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &early;
  config.numAttrs = major >= 9 ? 1 : 0;
  const cudaError_t launched =
      cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
  return launched == cudaSuccess ? nullptr : cudaGetErrorString(launched);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
#endif
