// One vector of channels at a time over all pixels. Four partial sums hide the latency of the
// addition and keep its rounding error small; pixel p always goes to sum p mod 4.
#pragma once
#include "kernels/cpu/vec.h"
#include "kernels/gpool/kernel.h"

namespace hayago::kernels {

template <class Target>
struct PoolBody {
  using V = typename Target::Vec;

  // in: (pixels, stride). `maximum` starts at -1 and counts off-board pixels as -1.
  static void reduce(const float* in, int pixels, std::size_t stride, const float* mask, V* sum,
                     V* maximum) {
    V sums[4] = {V(0.0f), V(0.0f), V(0.0f), V(0.0f)};
    V largest(-1.0f);
    int p = 0;
    for (; p + 4 <= pixels; p += 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const V value = load<V>(in + (p + i) * stride);
        sums[i] = sums[i] + value;
        if (mask == nullptr || mask[p + i] != 0) largest = xsimd::max(largest, value);
      }
    }
    for (; p < pixels; ++p) {
      const V value = load<V>(in + p * stride);
      sums[p % 4] = sums[p % 4] + value;
      if (mask == nullptr || mask[p] != 0) largest = xsimd::max(largest, value);
    }
    *sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    *maximum = largest;
  }

  template <bool kMax>
  static void pool(const float* in, int n, int pixels, int c, const float* mask, const float* area,
                   float* out) noexcept {
    const std::size_t stride = padded(c);
    for (int b = 0; b < n; ++b, in += pixels * stride, out += padded(3 * c)) {
      for (int i = 3 * c; i < padded(3 * c); ++i) out[i] = 0.0f;
      const float size = __builtin_sqrtf(area[b]) - 14.0f;
      const V third(size * size * 0.01f - 0.1f);
      for (int first = 0; first < c; first += kLanes<V>) {
        V sum, maximum;
        reduce(in + first, pixels, stride, mask, &sum, &maximum);
        const V mean = sum / V(area[b]);
        alignas(64) float lanes[3][kLanes<V>];
        mean.store_aligned(lanes[0]);
        (mean * V(size * 0.1f)).store_aligned(lanes[1]);
        (kMax ? maximum : mean * third).store_aligned(lanes[2]);
        const int count = c - first < kLanes<V> ? c - first : kLanes<V>;
        for (int part = 0; part < 3; ++part) {
          for (int i = 0; i < count; ++i) out[part * c + first + i] = lanes[part][i];
        }
      }
      if (mask != nullptr) mask += pixels;
    }
  }

  static constexpr PoolKernel kKernel = {pool<true>, pool<false>};
};

}  // namespace hayago::kernels
