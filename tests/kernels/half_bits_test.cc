// Conversions between float and binary16 in host code.
#include "kernels/cuda/half_bits.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>

namespace hayago::kernels {
namespace {

TEST_CASE("binary16 conversions agree with exhaustive rounding", "[kernels]") {
  for (std::uint32_t bits = 0; bits < 0x7C00; ++bits) {
    const float value = half_to_float(static_cast<std::uint16_t>(bits));
    const float next =
        bits + 1 < 0x7C00 ? half_to_float(static_cast<std::uint16_t>(bits + 1)) : 65536;
    const float middle = value + (next - value) / 2;  // exact
    const std::uint32_t even = bits % 2 == 0 ? bits : bits + 1;
    const bool right = float_to_half(value) == bits && float_to_half(middle) == even &&
                       float_to_half(std::nextafter(middle, 0.0f)) == bits &&
                       float_to_half(std::nextafter(middle, 1e9f)) == bits + 1 &&
                       float_to_half(-value) == (bits | 0x8000);
    if (!right) FAIL("bits " << bits);
  }
  CHECK(std::isnan(half_to_float(float_to_half(NAN))));
  CHECK(half_to_float(float_to_half(INFINITY)) == INFINITY);
  CHECK(half_to_float(float_to_half(1e30f)) == INFINITY);
}

}  // namespace
}  // namespace hayago::kernels
