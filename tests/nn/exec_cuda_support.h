// What the CUDA executor is tested on: the emulated GPU everywhere, a real one where there is one.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "kernels/cuda/emulate/emulate.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/exec/cuda/cuda_executor.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"
#include "tests/support/shared_data.h"

namespace hayago::test {

inline std::unique_ptr<kernels::GpuRuntime> emulated_gpu(int /*device*/) {
  return kernels::make_emulated_runtime(7);
}

// Why there is no real GPU; nullopt if there is one.
inline std::optional<std::string> no_gpu() {
  static const kernels::CudaInventory inventory = kernels::cuda_inventory();
  if (!inventory.devices.empty()) return std::nullopt;
  return "needs a CUDA device: " + inventory.why_none;
}

inline std::unique_ptr<nn::CudaExecutor> cuda_executor(const nn::ModelDesc& model,
                                                       const nn::GpuFactory& factory,
                                                       const std::string& precision) {
  nn::CudaOptions options;
  options.precision = precision;
  return std::make_unique<nn::CudaExecutor>(model, options, factory);
}

inline std::unique_ptr<nn::CpuExecutor> reference_executor(const nn::ModelDesc& model) {
  nn::CpuOptions options;
  options.isa = "ref";
  return std::make_unique<nn::CpuExecutor>(model, options);
}

}  // namespace hayago::test

// Two test cases of one function: on the emulated GPU, and on a real one or skipped.
#define HAYAGO_GPU_TEST(name, function)                               \
  TEST_CASE(name " [emulated]", "[nn][exec][cuda][emulated]") {       \
    function(::hayago::test::emulated_gpu);                           \
  }                                                                   \
  TEST_CASE(name " [gpu]", "[nn][exec][cuda][gpu]") {                 \
    if (const auto why = ::hayago::test::no_gpu()) HAYAGO_SKIP(*why); \
    function(::hayago::kernels::make_cuda_runtime);                   \
  }                                                                   \
  static_assert(true)
