// The body of the micro-kernel (micro.h) and its table, instantiated once per target by
// <isa>_f32_micro.cc: these functions take the compiler longest.
#pragma once
#include <utility>

#include "kernels/cpu/micro.h"
#include "kernels/cpu/vec.h"

namespace hayago::kernels {

template <class V, int kRows, int kVectors, bool kAccumulate>
void micro_tile(const MicroArgs& args) noexcept {
  constexpr std::ptrdiff_t kLine = kByteAlign / sizeof(float);
  constexpr int kWidth = kVectors * kLanes<V>;
  V acc[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      acc[r][v] = splat<V>(0.0f);
    }
  }
  for (int tap = 0; tap < args.taps; ++tap) {
    const float* a[kRows];
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) a[r] = args.a[tap * kRows + r];
    const float* b = args.b + tap * args.b_tap_stride;
    const bool weights_follow = args.weights_ahead.at != nullptr;
    const float* ahead = weights_follow ? args.weights_ahead.at : b;
    const std::ptrdiff_t step = weights_follow ? args.weights_ahead.step : 0;
    for (std::ptrdiff_t line = 0; line < args.k; line += kLine) {
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) __builtin_prefetch(a[r] + line + args.rows_ahead, 0, 3);
      const std::ptrdiff_t end = line + kLine < args.k ? line + kLine : args.k;
      // Counting would take slots of the multiply-adds: 92 % of the peak without unrolling, 95
      // with.
#pragma GCC unroll 4
      for (std::ptrdiff_t i = line; i < end; ++i) {
        V weights[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) weights[v] = load<V>(b + v * kLanes<V>);
        b += kWidth;
        __builtin_prefetch(ahead, 0, 2);
        ahead += step;
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
          const V value = splat<V>(a[r][i]);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) acc[r][v] = mul_add(value, weights[v], acc[r][v]);
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      float* c = args.c + r * args.c_stride + v * kLanes<V>;
      if constexpr (kAccumulate) acc[r][v] = load<V>(c) + acc[r][v];
      acc[r][v].store_unaligned(c);
    }
  }
}

// The tile functions of a target by number of rows, for one panel width.
template <class Target, int kVectors, bool kAccumulate>
struct MicroTable {
  static constexpr int kRows = Target::kRows[kVectors];
  template <int... r>
  static constexpr auto make(std::integer_sequence<int, r...>) {
    struct Table {
      MicroFn fn[kRows];
    };
    return Table{{&micro_tile<typename Target::Vec, r + 1, kVectors, kAccumulate>...}};
  }
  static constexpr auto kTable = make(std::make_integer_sequence<int, kRows>());
};

// Target::micro for panels of up to kVectors vectors.
template <class Target, bool kAccumulate, int kVectors = Target::kMaxVectors>
HAYAGO_INLINE MicroFn find_micro(int vectors, int rows) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) return find_micro<Target, kAccumulate, kVectors - 1>(vectors, rows);
  }
  return MicroTable<Target, kVectors, kAccumulate>::kTable.fn[rows - 1];
}

}  // namespace hayago::kernels
