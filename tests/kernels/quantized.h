// What 8-bit tensors must hold (kernels/cuda/gpu.h), computed once more on the host.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "kernels/cuda/half_bits.h"
#include "tests/kernels/epilogue_case.h"

namespace hayago::test {

// Rounded half to even, saturated; NaN like minus infinity.
inline std::int8_t quantize(float x) {
  if (std::isnan(x)) return -127;
  return static_cast<std::int8_t>(std::nearbyint(std::clamp(x, -127.0f, 127.0f)));
}

// act_out of row `row`, channel c, from v = f32_out: the same float operations as in the kernels up
// to the activation, which is exact for kIdentity and kRelu only.
inline float activated(const EpilogueCase& e, std::size_t row, int c, float v) {
  if (e.use_mask && e.mask[row] == 0) return 0.0f;
  const float x = std::fma(e.use_scale ? e.scale[c] : 1.0f, v, e.use_shift ? e.shift[c] : 0.0f);
  const double exact = x;
  switch (e.act) {
    case kernels::Act::kIdentity:
      break;
    case kernels::Act::kRelu:
      return x < 0.0f ? 0.0f : x;
    case kernels::Act::kMish:
      return static_cast<float>(exact * std::tanh(std::log1p(std::exp(exact))));
    case kernels::Act::kSilu:
      return static_cast<float>(exact / (1.0 + std::exp(-exact)));
  }
  return x;
}

inline bool exact_activation(const EpilogueCase& e) {
  return e.act == kernels::Act::kIdentity || e.act == kernels::Act::kRelu;
}

// The fast exponential may move a result across one rounding boundary.
inline bool agrees(const EpilogueCase& e, float act, float act_step, std::int8_t stored) {
  const int most = exact_activation(e) ? 0 : 1;
  return std::abs(quantize(act * (1.0f / act_step)) - stored) <= most;
}
inline bool agrees(const EpilogueCase& e, float act, std::uint16_t stored_half) {
  const std::uint16_t half = kernels::float_to_half(act);
  if (half == stored_half) return true;
  // Of equal signs, neighbours differ by one; both zeros are fine.
  return !exact_activation(e) &&
         (std::abs(half - stored_half) <= 1 || ((half | stored_half) & 0x7FFF) == 0);
}

}  // namespace hayago::test
