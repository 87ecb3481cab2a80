// Starting a kernel: on the device with programmatic dependent launch where the chip has it, or
// block after block under emulation.
#pragma once
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/grid.h"

#ifdef HAYAGO_CUDA_EMULATE
#include "kernels/cuda/emulate/launch.h"
#else

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

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

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

// Starts the kernel for a storage type; no_bytes says that there is none for 8-bit activations.
template <class... Parameters, class... Arguments>
const char* launch_stored(GpuType type, void (*f32)(Parameters...), void (*f16)(Parameters...),
                          const char* no_bytes, const Grid& grid, GpuStream stream,
                          const Arguments&... arguments) {
  if (type == GpuType::kI8) return no_bytes;
  return launch(type == GpuType::kF32 ? f32 : f16, grid, stream, arguments...);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
