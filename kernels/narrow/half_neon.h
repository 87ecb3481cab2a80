// Products of halves: 8 multiply-adds per instruction, of one input with 8 outputs' weights. Sums
// of kBlock products are halves; those of blocks are floats in the tile of sums. On a Cortex-A76 a
// block of 64 costs 14 % more than its products alone, one of 32 28 % (estimated). Rms errors of
// random sums, relative to their own rms: 0.9e-3 with blocks of 32, 1.2e-3 with 64, 1.5e-3 with
// 128; rounding the operands to bfloat16 makes 2.4e-3, to half 0.3e-3.
#pragma once
#include <utility>

#include "kernels/narrow/row_target.h"
#include "kernels/narrow/stores_neon.h"

namespace hayago::kernels {

struct NeonFp16 : NeonStores {
  static constexpr const char* kAlgorithm = "halves";
  static constexpr NarrowType kType = NarrowType::kF16;
  static constexpr int kInputOffset = 0;
  // 16 registers of sums, 8 of inputs, the rest for weights.
  static constexpr int kChunk = 8, kPanel = 16, kGroupAlign = 8;
  static constexpr int kBlock = 64;

  HAYAGO_INLINE static float16x8_t load_halves(const char* p) {
    return vld1q_f16(reinterpret_cast<const float16_t*>(p));
  }

  template <int kRows>
  struct Sums {
    float16x8_t of[kRows][2];
  };

  // sums += w * x[kLane]. With the intrinsic, GCC copies the lane to a whole register first,
  // because two products use it: half as many instructions again.
  template <int kLane>
  HAYAGO_INLINE static void multiply_add(float16x8_t& sums, float16x8_t w, float16x8_t x) {
    asm("fmla %0.8h, %1.8h, %2.h[%3]" : "+w"(sums) : "w"(w), "x"(x), "n"(kLane));
  }

  // The products of one input of every row, input `kLane` of those in x.
  template <int kLane, int kRows>
  HAYAGO_INLINE static void add_products(Sums<kRows>& sums, const float16x8_t (&x)[kRows],
                                         const char* b) {
    const float16x8_t w0 = load_halves(b), w1 = load_halves(b + 16);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      multiply_add<kLane>(sums.of[r][0], w0, x[r]);
      multiply_add<kLane>(sums.of[r][1], w1, x[r]);
    }
  }
  template <int kRows, int... kLane>
  HAYAGO_INLINE static void add_lanes(std::integer_sequence<int, kLane...>, Sums<kRows>& sums,
                                      const float16x8_t (&x)[kRows], const char* b) {
    (add_products<kLane>(sums, x, b + kLane * kPanel * 2), ...);
  }

  // One row. All loads come before the stores, so that they may go in pairs.
  HAYAGO_INLINE static void add_to(float* to, const float16x8_t (&sums)[2]) {
    float32x4_t total[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) total[i] = vld1q_f32(to + 4 * i);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      total[2 * i] = vaddq_f32(total[2 * i], vcvt_f32_f16(vget_low_f16(sums[i])));
      total[2 * i + 1] = vaddq_f32(total[2 * i + 1], vcvt_high_f32_f16(sums[i]));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) vst1q_f32(to + 4 * i, total[i]);
  }

  template <int kRows>
  static void tile(const NarrowProduct& p, const char* const* rows, const char* b, void* sums) {
    float* const totals = static_cast<float*>(sums);  // (kRows, kPanel)
    for (int i = 0; i < kRows * kPanel; i += 4) vst1q_f32(totals + i, vdupq_n_f32(0));
    for (int tap = 0; tap < p.taps; ++tap) {
      for (int begin = 0; begin < p.groups; begin += kBlock) {
        const int end = begin + kBlock < p.groups ? begin + kBlock : p.groups;
        Sums<kRows> block;
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) block.of[r][0] = block.of[r][1] = vdupq_n_f16(0);
        for (int i = begin; i < end; i += 8, b += 8 * kPanel * 2) {
          float16x8_t x[kRows];
#pragma GCC unroll 16
          for (int r = 0; r < kRows; ++r) x[r] = load_halves(rows[r] + tap * p.tap_bytes + 2 * i);
          add_lanes(std::make_integer_sequence<int, 8>(), block, x, b);
        }
        asm volatile("" ::: "memory");  // or totals would be spilled registers
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) add_to(totals + r * kPanel, block.of[r]);
      }
    }
  }
};

}  // namespace hayago::kernels
