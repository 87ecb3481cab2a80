// Conversions between float and the bits of IEEE binary16, round to nearest even, for host code
// (packing of weights, emulation).
#pragma once
#include <bit>
#include <cstdint>

namespace hayago::kernels {

inline std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<std::uint16_t>(sign | 0x7E00u);   // NaN
  if (magnitude >= 0x477FF000u) return static_cast<std::uint16_t>(sign | 0x7C00u);  // >= 65520
  if (magnitude < 0x33000001u) return sign;  // at most half of the smallest subnormal
  const int exponent = static_cast<int>(magnitude >> 23) - 127;
  const std::uint32_t significand = (magnitude & 0x7FFFFFu) | 0x800000u;
  // Normal numbers keep 11 bits of the significand, subnormal ones fewer.
  const int drop = exponent >= -14 ? 13 : 13 + (-14 - exponent);
  const std::uint32_t half_way = 1u << (drop - 1);
  const std::uint32_t rest = significand & ((1u << drop) - 1);
  std::uint32_t kept = significand >> drop;
  if (rest > half_way || (rest == half_way && (kept & 1u) != 0)) ++kept;
  // A carry moves on into the exponent by itself: the implicit bit is bit 10 of `kept`.
  const std::uint32_t base = exponent >= -14 ? static_cast<std::uint32_t>(exponent + 14) << 10 : 0;
  return static_cast<std::uint16_t>(sign | (base + kept));
}

inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu;
  const std::uint32_t fraction = half & 0x3FFu;
  if (exponent == 0x1Fu) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

}  // namespace hayago::kernels
