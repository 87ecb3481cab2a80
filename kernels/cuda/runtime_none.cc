// Stands in for runtime_cuda.cu in builds without the CUDA toolkit.
#include "kernels/cuda/runtime.h"

namespace hayago::kernels {
namespace {
constexpr const char* kWhy = "this build has no CUDA (nvcc was not found when it was configured)";
}

CudaInventory cuda_inventory() { return {{}, kWhy, ""}; }

std::unique_ptr<GpuRuntime> make_cuda_runtime(int /*device*/) { throw GpuError(kWhy); }

}  // namespace hayago::kernels
