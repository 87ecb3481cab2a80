// Speed of single kernels on a full board, for `hayago kernels --time`. Careful comparisons are the
// job of bench/kernels.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hayago::kernels {

struct KernelTiming {
  std::string shape;   // what was run: "3x3, 96 to 96 channels, 19x19"
  double seconds = 0;  // fastest call
  double macs = 0;     // direct-equivalent multiply-accumulates of a call; 0 if it only moves data
};

// Calls the kernel of that symbol (kernels/list.h) for about `seconds`. nullopt if the symbol is
// unknown or not usable here.
std::optional<KernelTiming> time_kernel(std::string_view symbol, double seconds);

}  // namespace hayago::kernels
