// Twelve independent chains of multiply-adds: more than latency times throughput of any core.
#pragma once
#include "kernels/cpu/vec.h"
#include "kernels/dispatch.h"

namespace hayago::kernels {

inline constexpr int kPeakChains = 12;

// One burst of `steps` multiply-adds per chain; returns their sum so that none can be left out.
template <class Target>
float peak_burst(long steps) noexcept {
  using V = typename Target::Vec;
  V chains[kPeakChains];
#pragma GCC unroll 12
  for (int i = 0; i < kPeakChains; ++i) chains[i] = V(static_cast<float>(i));
  const V factor(0.999f), summand(0.001f);
  for (long step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < kPeakChains; ++i) chains[i] = mul_add(chains[i], factor, summand);
  }
  V sum(0.0f);
#pragma GCC unroll 12
  for (int i = 0; i < kPeakChains; ++i) sum = sum + chains[i];
  return horizontal_sum(sum);
}

#define HAYAGO_PEAK(isa, lanes) HAYAGO_ON_##isa(float peak_f32_##isa(long steps) noexcept;)
#include "kernels/cpu/peak.inc"
#undef HAYAGO_PEAK

}  // namespace hayago::kernels
