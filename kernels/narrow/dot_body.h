// Tiles of dot-product instructions: every row's group of 4 bytes is broadcast and multiplied with
// two vectors of weights. Simd provides Vec, Acc, kType, kRows, kInputOffset, zero(), broadcast(),
// load_weights(), dot(), store() and the stores of narrow elements.
#pragma once
#include "kernels/narrow/row_target.h"

namespace hayago::kernels {

template <class Simd>
struct DotTiles : Simd {
  using V = typename Simd::Vec;
  static constexpr const char* kAlgorithm = "dot";
  static constexpr int kChunk = Simd::kRows;
  static constexpr int kPanel = 2 * kLanes<V>;
  static constexpr int kGroupAlign = 1;

  template <int kRows>
  static void tile(const NarrowProduct& p, const char* const* rows, const char* b, void* sums) {
    constexpr int kVectorBytes = 4 * kLanes<V>;
    typename Simd::Acc acc[kRows][2];
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) acc[r][0] = acc[r][1] = Simd::zero();
    for (int tap = 0; tap < p.taps; ++tap) {
      const char* a[kRows];
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) a[r] = rows[r] + tap * p.tap_bytes;
      for (std::ptrdiff_t group = 0; group < p.groups; ++group, b += 2 * kVectorBytes) {
        const auto w0 = Simd::load_weights(b), w1 = Simd::load_weights(b + kVectorBytes);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
          const auto x = Simd::broadcast(a[r] + 4 * group);
          acc[r][0] = Simd::dot(acc[r][0], x, w0);
          acc[r][1] = Simd::dot(acc[r][1], x, w1);
        }
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      char* const to = static_cast<char*>(sums) + r * 2 * kVectorBytes;
      Simd::store(acc[r][0], to);
      Simd::store(acc[r][1], to + kVectorBytes);
    }
  }
};

template <class Simd>
using DotTarget = RowTarget<DotTiles<Simd>>;

}  // namespace hayago::kernels
