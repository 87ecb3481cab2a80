// The GPU's kernels compiled as plain C++, and a device that runs them: tests on machines without a
// GPU use it in place of the CUDA runtime.
#pragma once
#include <cstdint>
#include <memory>

#include "kernels/cuda/runtime.h"

namespace hayago::kernels {

const GpuKernels& emulated_kernels();

// A device over host memory. Fresh memory is full of 0xFF bytes (NaN in every floating-point type);
// copies and launches take place at once, or when a graph that recorded them is replayed. `seed`
// decides the order of threads and blocks. `compute` decides how much shared memory a block may
// have and which kernels the launch functions choose (e.g. 75, 80, 89).
std::unique_ptr<GpuRuntime> make_emulated_runtime(std::uint64_t seed, int compute = 80);

}  // namespace hayago::kernels
