// IEEE binary16 storage. Arithmetic is done in float; only the conversions are here.
#pragma once
#include "kernels/cuda/device.cuh"

#ifdef HAYAGO_CUDA_EMULATE
#include "kernels/cuda/half_bits.h"
#else
#include <cuda_fp16.h>
#endif

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

struct Half {
  std::uint16_t bits;
};

HAYAGO_DEVICE float to_float(float x) { return x; }
#ifdef HAYAGO_CUDA_EMULATE
HAYAGO_DEVICE float to_float(Half x) { return half_to_float(x.bits); }
HAYAGO_DEVICE Half to_half(float x) { return {float_to_half(x)}; }
#else
HAYAGO_DEVICE float to_float(Half x) { return __half2float(__ushort_as_half(x.bits)); }
HAYAGO_DEVICE Half to_half(float x) { return {__half_as_ushort(__float2half_rn(x))}; }
#endif

template <class T>
HAYAGO_DEVICE T from_float(float x);
template <>
HAYAGO_DEVICE float from_float<float>(float x) {
  return x;
}
template <>
HAYAGO_DEVICE Half from_float<Half>(float x) {
  return to_half(x);
}

// Eight consecutive channels as they lie in memory, 16-byte aligned: one vector access for Half,
// two for float. Halves are converted in pairs, one instruction each.
template <class T>
struct Vector8;
template <>
struct alignas(16) Vector8<Half> {
  std::uint32_t pairs[4];
};
struct alignas(16) Float4 {
  float v[4];
};
template <>
struct Vector8<float> {
  Float4 low, high;
};

template <class T>
HAYAGO_DEVICE Vector8<T> load_vector(const T* from) {
  return *reinterpret_cast<const Vector8<T>*>(from);
}

#ifdef HAYAGO_CUDA_EMULATE
HAYAGO_DEVICE std::uint32_t pack_halves(float low, float high) {
  return to_half(low).bits | static_cast<std::uint32_t>(to_half(high).bits) << 16;
}
HAYAGO_DEVICE void unpack_halves(std::uint32_t pair, float& low, float& high) {
  low = to_float(Half{static_cast<std::uint16_t>(pair & 0xFFFFu)});
  high = to_float(Half{static_cast<std::uint16_t>(pair >> 16)});
}
#else
HAYAGO_DEVICE std::uint32_t pack_halves(float low, float high) {
  const __half2 pair = __floats2half2_rn(low, high);
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}
HAYAGO_DEVICE void unpack_halves(std::uint32_t pair, float& low, float& high) {
  const float2 both = __half22float2(*reinterpret_cast<const __half2*>(&pair));
  low = both.x;
  high = both.y;
}
#endif

HAYAGO_DEVICE void unpack(const Vector8<Half>& from, float (&to)[8]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) unpack_halves(from.pairs[i], to[2 * i], to[2 * i + 1]);
}
HAYAGO_DEVICE void unpack(const Vector8<float>& from, float (&to)[8]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) to[i] = from.low.v[i], to[4 + i] = from.high.v[i];
}
template <class T>
HAYAGO_DEVICE void load8(const T* from, float (&to)[8]) {
  unpack(load_vector(from), to);
}
HAYAGO_DEVICE void store8(Half* to, const float (&from)[8]) {
  Vector8<Half> x;
#pragma unroll
  for (int i = 0; i < 4; ++i) x.pairs[i] = pack_halves(from[2 * i], from[2 * i + 1]);
  *reinterpret_cast<Vector8<Half>*>(to) = x;
}
HAYAGO_DEVICE void store8(float* to, const float (&from)[8]) {
  Vector8<float> x;
#pragma unroll
  for (int i = 0; i < 4; ++i) x.low.v[i] = from[i], x.high.v[i] = from[4 + i];
  *reinterpret_cast<Vector8<float>*>(to) = x;
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
