// Which device runs the network: the keys backend, precision, gpuFallback and those that choose
// devices (spec/09 section 4.2).
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "gtp/config/config.h"
#include "kernels/cuda/runtime.h"
#include "nn/exec/executor.h"

namespace hayago::gtp {

struct BackendChoice {
  bool cuda = false;
  nn::CudaOptions options;             // only for CUDA
  std::string cpu_precision = "auto";  // also of the CPU that a failing device falls back to
  bool falls_back = false;             // gpuFallback = cpu
  std::string warning;                 // why the CPU has to do, although backend = cuda
};

// Called at most once, and only if the choice depends on it.
using FindDevices = std::function<kernels::CudaInventory()>;

// Marks the keys that have an effect as used. Throws ConfigError for devices that do not exist, a
// precision that the backend does not have, or backend = cuda without a device and without
// gpuFallback = cpu. $HAYAGO_BACKEND stands in for an absent key backend.
BackendChoice choose_backend(const Config& config, const FindDevices& find_devices);

// The devices of this machine; looked for once per process.
const kernels::CudaInventory& cuda_devices();

// "CUDA devices: 0 NVIDIA H200 (compute 9.0, 140 GiB); driver 13.0, runtime 13.0" or
// "CUDA devices: none (no NVIDIA driver is installed)".
std::string describe_devices(const kernels::CudaInventory& inventory);

// The line above for start-up messages; nullopt if this configuration does not look for devices.
std::optional<std::string> device_line(const Config& config, const std::string& model_path);

}  // namespace hayago::gtp
