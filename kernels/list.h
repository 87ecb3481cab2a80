// All kernels of the program as data: what `hayago kernels`, the tests and the benchmarks walk
// over.
#pragma once
#include <span>
#include <string_view>

#include "kernels/cuda/targets.h"
#include "kernels/isa.h"

namespace hayago::kernels {

struct KernelInfo {
  std::string_view op;  // folder name: "conv", "gemm", ...
  Isa isa;
  std::string_view type;    // "f32"
  std::string_view symbol;  // "conv_f32_winograd5_avx512"
  bool exact;     // bit-equal with ref at every shape; otherwise within the tolerance of <op>.h
  bool compiled;  // false for kernels of other processor families
};

// Grouped by operation; best first inside a group.
std::span<const KernelInfo> kernel_list();

// The same for GPUs.
struct GpuKernelInfo {
  std::string_view op;
  GpuTarget target;
  std::string_view target_name;  // "sm80": the oldest chip that runs it, "sm90a": only this one
  std::string_view type;         // "f32", "f16", "i8"
  std::string_view symbol;       // "conv_i8_sm80"
  bool exact;
};

std::span<const GpuKernelInfo> gpu_kernel_list();

// The line that decides on a chip of that compute capability; a chip too old has none: nullptr.
const GpuKernelInfo* chosen_gpu_kernel(std::string_view op, std::string_view type, int compute);

}  // namespace hayago::kernels
