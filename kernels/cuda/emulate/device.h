// The emulated side of device.cuh: names of the CUDA language as plain C++.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/cuda/emulate/block.h"

#define HAYAGO_GPU_KERNEL(threads, blocks) inline void
#define HAYAGO_DEVICE inline

namespace hayago::kernels {
inline namespace emulated {

inline unsigned char* dynamic_shared() { return shared_memory; }

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  meet_block(Place{file, line});
}

inline void __syncwarp(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  meet_warp([](void* const*) {}, nullptr, Place{file, line});
}

struct ShuffleArgument {
  std::uint32_t value;
  int lane;  // to read from
  std::uint32_t result;
};

inline void shuffle(void* const* arguments) {
  for (int lane = 0; lane < 32; ++lane) {
    auto* to = static_cast<ShuffleArgument*>(arguments[lane]);
    to->result = static_cast<const ShuffleArgument*>(arguments[to->lane])->value;
  }
}

// Only whole warps: `mask` must name all lanes.
template <class T>
T shuffle_from(unsigned mask, T value, int lane, const Place& where) {
  static_assert(sizeof(T) == 4);
  if (mask != 0xFFFFFFFFu) fail("a shuffle of part of a warp");
  ShuffleArgument argument = {std::bit_cast<std::uint32_t>(value), lane & 31, 0};
  meet_warp(shuffle, &argument, where);
  return std::bit_cast<T>(argument.result);
}

template <class T>
T __shfl_sync(unsigned mask, T value, int lane, const char* file = __builtin_FILE(),
              int line = __builtin_LINE()) {
  return shuffle_from(mask, value, lane, Place{file, line});
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  return shuffle_from(mask, value, static_cast<int>(threadIdx.x % 32) ^ lane_mask,
                      Place{file, line});
}

// Four products of signed bytes added to c.
inline int __dp4a(int a, int b, int c) {
  for (int shift = 0; shift < 32; shift += 8) {
    c += static_cast<std::int8_t>(a >> shift) * static_cast<std::int8_t>(b >> shift);
  }
  return c;
}

inline float __expf(float x) { return std::exp(x); }

}  // namespace emulated
}  // namespace hayago::kernels
