// Dot products of bytes on NEON, with and without SDOT. Arm multiplies signed with signed: 128 is
// subtracted from every input byte.
#pragma once
#include "kernels/narrow/stores_neon.h"

namespace hayago::kernels {

struct NeonBytes : NeonStores {
  using Acc = int32x4_t;
  static constexpr NarrowType kType = NarrowType::kU8;
  static constexpr int kInputOffset = 128;

  // 16-bit integers, of Winograd transforms.
  using Words = int16x8_t;
  HAYAGO_INLINE static Words load_words(const char* bytes) {
    return vreinterpretq_s16_u16(vmovl_u8(vld1_u8(reinterpret_cast<const std::uint8_t*>(bytes))));
  }
  HAYAGO_INLINE static Words scaled(Words x, Words factor) { return vqrdmulhq_s16(x, factor); }
  HAYAGO_INLINE static void store_words(Words x, char* bytes) {
    vst1_u8(reinterpret_cast<std::uint8_t*>(bytes), vqmovun_s16(x));
  }
  HAYAGO_INLINE static Acc zero() { return vdupq_n_s32(0); }
  HAYAGO_INLINE static void store(Acc acc, char* to) {
    vst1q_s32(reinterpret_cast<std::int32_t*>(to), acc);
  }
  HAYAGO_INLINE static int8x16_t broadcast(const char* p) {
    std::uint32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return vreinterpretq_s8_u32(vdupq_n_u32(group ^ 0x80808080u));
  }
  HAYAGO_INLINE static int8x16_t load_weights(const char* p) {
    return vld1q_s8(reinterpret_cast<const std::int8_t*>(p));
  }
};

#ifdef __ARM_FEATURE_DOTPROD
struct NeonDot : NeonBytes {
  static constexpr int kRows = 12;
  HAYAGO_INLINE static Acc dot(Acc acc, int8x16_t x, int8x16_t w) { return vdotq_s32(acc, x, w); }
};
#else
struct NeonWide : NeonBytes {
  static constexpr int kRows = 8;
  HAYAGO_INLINE static Acc dot(Acc acc, int8x16_t x, int8x16_t w) {
    const int16x8_t low = vmull_s8(vget_low_s8(x), vget_low_s8(w));
    const int16x8_t high = vmull_high_s8(x, w);
    return vaddq_s32(acc, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
  }
};
#endif

}  // namespace hayago::kernels
