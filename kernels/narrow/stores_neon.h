// Narrow stores on NEON; conversion to half precision is part of every 64-bit Arm processor.
#pragma once
#include <arm_neon.h>

#include "kernels/cpu/vec.h"
#include "kernels/narrow/layout.h"

namespace hayago::kernels {

struct NeonStores {
  using Vec = xsimd::batch<float, xsimd::neon64>;
  static constexpr bool kStoreSaturates = false, kStoresF16 = true;

  template <class Values>
  HAYAGO_INLINE static uint16x4_t halves_of(const Values& values) {
    return vmovn_u32(vreinterpretq_u32_s32(
        xsimd::bitwise_cast<xsimd::batch<std::int32_t, xsimd::neon64>>(values)));
  }
  template <class Values>
  HAYAGO_INLINE static void store_bytes(const Values& values, char* to) {
    const uint16x4_t halves = halves_of(values);
    const std::uint32_t bytes =
        vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(halves, halves))), 0);
    __builtin_memcpy(to, &bytes, sizeof bytes);
  }
  template <class Values>
  HAYAGO_INLINE static void store_halves(const Values& values, char* to) {
    vst1_u16(reinterpret_cast<std::uint16_t*>(to), halves_of(values));
  }
  // FMIN and FMAX keep NaN.
  HAYAGO_INLINE static void store_f16(Vec x, char* to) {
    const float32x4_t limit = vdupq_n_f32(kLargestF16);
    const float16x4_t halves = vcvt_f16_f32(vmaxq_f32(vminq_f32(x, limit), vnegq_f32(limit)));
    vst1_u16(reinterpret_cast<std::uint16_t*>(to), vreinterpret_u16_f16(halves));
  }
};

}  // namespace hayago::kernels
