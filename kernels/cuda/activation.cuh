// Activations (spec/01 section 5.6) for results of one storage type. float storage is the oracle
// and pays for exact functions; binary16 storage keeps 11 bits, where the chip's own approximations
// (2 units in the last place of float) change nothing.
#pragma once
#include <cmath>

#include "kernels/cuda/half.cuh"
#include "kernels/types.h"

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

#ifdef HAYAGO_CUDA_EMULATE
HAYAGO_DEVICE float approximate_exp2(float x) { return std::exp2(x); }
HAYAGO_DEVICE float approximate_reciprocal(float x) { return 1.0f / x; }
#else
HAYAGO_DEVICE float approximate_exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
HAYAGO_DEVICE float approximate_reciprocal(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
#endif

template <class T>
HAYAGO_DEVICE float exponential(float x) {
  if constexpr (sizeof(T) < sizeof(float)) return approximate_exp2(x * 1.44269504089f);
  return expf(x);
}
template <class T>
HAYAGO_DEVICE float quotient(float a, float b) {
  if constexpr (sizeof(T) < sizeof(float)) return a * approximate_reciprocal(b);
  return a / b;
}

// x * u / (u + 2) with u = e^x (e^x + 2); above 20 the quotient is 1.
template <class T>
HAYAGO_DEVICE float mish(float x) {
  const float e = exponential<T>(fminf(x, 20.0f));
  const float u = fmaf(e, e, e + e);
  return x * quotient<T>(u, u + 2.0f);
}
template <class T>
HAYAGO_DEVICE float silu(float x) {
  return quotient<T>(x, 1.0f + exponential<T>(-x));
}

// The same activation for all of kCount values: one choice, then straight code.
template <class T, int kCount>
HAYAGO_DEVICE void activate(Act act, float (&v)[kCount]) {
  switch (act) {
    case Act::kIdentity:
      break;
    case Act::kRelu:
#pragma unroll
      // Not fmaxf(), which would turn NaN, the sign of an overflow, into 0.
      for (int i = 0; i < kCount; ++i) v[i] = v[i] < 0.0f ? 0.0f : v[i];
      break;
    case Act::kMish:
#pragma unroll
      for (int i = 0; i < kCount; ++i) v[i] = mish<T>(v[i]);
      break;
    case Act::kSilu:
#pragma unroll
      for (int i = 0; i < kCount; ++i) v[i] = silu<T>(v[i]);
      break;
  }
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
