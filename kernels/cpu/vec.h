// The vector interface of the kernel templates: xsimd batches plus the few operations below.
#pragma once
#include <cstdint>
#include <xsimd/xsimd.hpp>

#include "kernels/cpu/inline.h"
#include "kernels/types.h"

namespace hayago::kernels {

template <class V>
inline constexpr int kLanes = static_cast<int>(V::size);

template <class V>
HAYAGO_INLINE V load(const float* p) {
  return V::load_unaligned(p);
}

template <class V>
HAYAGO_INLINE V splat(float x) {
  return V(x);
}

// a * b + c: one rounding where the ISA has FMA, two on sse2. Old xsimd (8.1, Debian 12) lacks the
// instruction for AVX-512 and multiplies and adds instead. Not named fma: unqualified calls with
// batches would mean xsimd's.
template <class V>
HAYAGO_INLINE V mul_add(V a, V b, V c) {
#ifdef __AVX512F__
  if constexpr (kLanes<V> == 16) return V(_mm512_fmadd_ps(a, b, c));
#endif
  return xsimd::fma(a, b, c);
}

// The same order whatever the ISA's own horizontal instructions do.
template <class V>
HAYAGO_INLINE float horizontal_sum(V v) {
  alignas(64) float lanes[kLanes<V>];
  v.store_aligned(lanes);
  for (int width = kLanes<V> / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

template <class V>
HAYAGO_INLINE float horizontal_max(V v) {
  alignas(64) float lanes[kLanes<V>];
  v.store_aligned(lanes);
  for (int width = kLanes<V> / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) {
      lanes[i] = lanes[i + width] > lanes[i] ? lanes[i + width] : lanes[i];
    }
  }
  return lanes[0];
}

}  // namespace hayago::kernels
