// Exponential and the activations, relative error about 2e-7 (the tests allow 4e-6).
#pragma once
#include "kernels/cpu/vec.h"

namespace hayago::kernels {

// exp(x) for x clamped to [-87, 88], so that 2^k below is a normal number.
// x = k ln2 + r with |r| <= ln2/2; k is rounded by adding 1.5 * 2^23, which leaves it in the low
// mantissa bits, ready to be moved into the exponent. ln2 is split in two so that r is exact.
template <class V>
HAYAGO_INLINE V exp_clamped(V x) {
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  x = xsimd::min(xsimd::max(x, V(-87.0f)), V(88.0f));
  const V magic(12582912.0f);
  const V shifted = mul_add(x, V(1.44269504089f), magic);
  const V k = shifted - magic;
  const V r = mul_add(k, V(2.12194440e-4f), mul_add(k, V(-0.693359375f), x));
  // The least largest relative error with 1 at 0: 9.5e-8.
  V p = mul_add(r, V(0.008290306f), V(0.041897975f));
  p = mul_add(p, r, V(0.16667637f));
  p = mul_add(p, r, V(0.4999915f));
  p = mul_add(p, r, V(0.9999997f));
  p = mul_add(p, r, V(1.0f));
  const Int exponent = xsimd::bitwise_cast<Int>(shifted) << 23;
  return xsimd::bitwise_cast<V>(xsimd::bitwise_cast<Int>(p) + exponent);
}

// 2^x for x of at most 0; whatever is below -126 counts as that. Relative error 1.1e-7.
template <class V>
HAYAGO_INLINE V exp2_of_negative(V x) {
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  x = xsimd::max(x, V(-126.0f));
  const V shifted = x + V(12582912.0f);
  const V r = x - (shifted - V(12582912.0f));
  V p = mul_add(r, V(0.0013264713f), V(0.009671523f));
  p = mul_add(p, r, V(0.05550734f));
  p = mul_add(p, r, V(0.24022242f));
  p = mul_add(p, r, V(0.693147f));
  p = mul_add(p, r, V(1.0f));
  const Int exponent = xsimd::bitwise_cast<Int>(shifted) << 23;
  return xsimd::bitwise_cast<V>(xsimd::bitwise_cast<Int>(p) + exponent);
}

// x * tanh(log1p(e^x)) = x * u / (u + 2) with u = e^x (e^x + 2). Above 20 the quotient is
// exactly 1.
template <class V>
HAYAGO_INLINE V mish(V x) {
  const V e = exp_clamped(xsimd::min(x, V(20.0f)));
  const V u = mul_add(e, e, e + e);
  return x * (u / (u + V(2.0f)));
}

template <class V>
HAYAGO_INLINE V silu(V x) {
  return x / (V(1.0f) + exp_clamped(-x));
}

// For results that will be rounded to 8 bits: relative error about 2e-4, in half the instructions.
// x must lie in [-87, 88].
template <class V>
HAYAGO_INLINE V quick_exp(V x) {
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  const V magic(12582912.0f);
  const V shifted = mul_add(x, V(1.44269504089f), magic);
  const V r = mul_add(shifted - magic, V(-0.693147181f), x);
  // Least largest relative error for |r| <= ln2/2: 7.5e-5.
  V p = mul_add(r, V(0.16566829f), V(0.50496326f));
  p = mul_add(p, r, V(1.0001642f));
  p = mul_add(p, r, V(0.99992807f));
  const Int exponent = xsimd::bitwise_cast<Int>(shifted) << 23;
  return xsimd::bitwise_cast<V>(xsimd::bitwise_cast<Int>(p) + exponent);
}

// 2^x likewise, x below 127; whatever is below -126 counts as that. Relative error 7.5e-5.
template <class V>
HAYAGO_INLINE V quick_exp2(V x) {
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  x = xsimd::max(x, V(-126.0f));
  const V shifted = x + V(12582912.0f);
  const V r = x - (shifted - V(12582912.0f));
  V p = mul_add(r, V(0.05517163f), V(0.24261112f));
  p = mul_add(p, r, V(0.693261f));
  p = mul_add(p, r, V(0.99992807f));
  const Int exponent = xsimd::bitwise_cast<Int>(shifted) << 23;
  return xsimd::bitwise_cast<V>(xsimd::bitwise_cast<Int>(p) + exponent);
}

// a / b for positive b from the processor's estimate of 1/b, which has 11 bits or more but for
// NEON's 8.
template <class V>
HAYAGO_INLINE V quick_quotient(V a, V b) {
  V estimate = xsimd::reciprocal(b);
  if constexpr (kLanes<V> == 4) estimate = estimate * mul_add(-b, estimate, V(2.0f));
  return a * estimate;
}

template <class V, Act kAct>
HAYAGO_INLINE V quick_activate(V x) {
  if constexpr (kAct == Act::kRelu) return xsimd::max(x, V(0.0f));
  if constexpr (kAct == Act::kMish) {
    const V e = quick_exp(xsimd::min(xsimd::max(x, V(-80.0f)), V(20.0f)));
    const V u = mul_add(e, e, e + e);
    return quick_quotient(x * u, u + V(2.0f));
  }
  if constexpr (kAct == Act::kSilu) {
    return quick_quotient(x, V(1.0f) + quick_exp(xsimd::min(xsimd::max(-x, V(-80.0f)), V(80.0f))));
  }
  return x;
}

template <class V, Act kAct>
HAYAGO_INLINE V activate(V x) {
  if constexpr (kAct == Act::kRelu) return xsimd::max(x, V(0.0f));
  if constexpr (kAct == Act::kMish) return mish(x);
  if constexpr (kAct == Act::kSilu) return silu(x);
  return x;
}

// Derivative of activate. Of mish, with e = e^x, u = e (e + 2): u / (u + 2) + x 4 e (e + 1) /
// (u + 2)^2, which is 1 to all digits above 20.
template <class V, Act kAct>
HAYAGO_INLINE V slope(V x) {
  if constexpr (kAct == Act::kRelu) return xsimd::select(x > V(0.0f), V(1.0f), V(0.0f));
  if constexpr (kAct == Act::kMish) {
    x = xsimd::min(x, V(20.0f));
    const V e = exp_clamped(x), u = mul_add(e, e, e + e), q = V(1.0f) / (u + V(2.0f));
    return mul_add(x * mul_add(e, e, e), V(4.0f) * q * q, u * q);
  }
  if constexpr (kAct == Act::kSilu) {
    const V s = V(1.0f) / (V(1.0f) + exp_clamped(-x));
    return s * mul_add(x, V(1.0f) - s, V(1.0f));
  }
  return V(1.0f);
}

}  // namespace hayago::kernels
