// Conversions between float and the bits of bfloat16, round to nearest even, for host code and ref.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

namespace hayago::kernels {

inline float bf16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// NaN stays NaN.
inline std::uint16_t float_to_bf16(float x) {
  if (std::isnan(x)) return 0x7fc0;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace hayago::kernels
