// Floats to the bits of kF16 (layout.h), for host code and ref.
#pragma once
#include <algorithm>

#include "kernels/cuda/half_bits.h"
#include "kernels/narrow/layout.h"

namespace hayago::kernels {

// NaN stays NaN: both comparisons with it are false.
inline std::uint16_t float_to_f16(float x) {
  return float_to_half(std::min(std::max(x, -kLargestF16), kLargestF16));
}

}  // namespace hayago::kernels
