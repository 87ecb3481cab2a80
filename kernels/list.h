// All kernels of the program as data: what `hayago kernels`, the tests and the benchmarks walk
// over.
#pragma once
#include <span>
#include <string_view>

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

}  // namespace hayago::kernels
