// What one line of kernels.inc provides. Internal to kernels/narrow_attention, tests and
// benchmarks.
#pragma once
#include "kernels/cpu/inline.h"
#include "kernels/dispatch.h"
#include "kernels/narrow_attention/narrow_attention.h"

namespace hayago::kernels {

struct NarrowAttentionKernel {
  AttentionFn attention;
};

// Query rows that are worked on together: no tile of products takes more.
inline constexpr int kNarrowAttentionRows = 12;
// The largest softmax weight as an integer; the exponential may make it up to 8200.
inline constexpr int kLog2OfWeightSteps = 13, kMostWeight = 8200;

// The largest rounded query and key: the sum of q_dim products fits 32 bits.
HAYAGO_INLINE int largest_factor(int q_dim) {
  const int most = static_cast<int>(__builtin_sqrt(2147483647.0 / q_dim));
  return most < 32767 ? most : 32767;
}
// The largest rounded value: the sum over all keys does.
HAYAGO_INLINE int largest_value(int keys) {
  const int most = 2147483647 / kMostWeight / keys;
  return most < 32767 ? most : 32767;
}

// Where things lie in the scratch memory of one thread. Strides are whole vectors and panels of
// every ISA.
struct NarrowAttentionLayout {
  static constexpr std::size_t kAlign = 64;
  std::size_t q_stride, key_stride, value_stride;  // elements
  std::size_t floats, halves;                      // of all arrays of the type

  explicit NarrowAttentionLayout(const AttentionArgs& args)
      : q_stride(aligned(args.q_dim)),
        key_stride(aligned(args.pixels)),
        value_stride(aligned(args.v_dim)),
        // mean and a row's copy; scale and addend of keys; 2 rows' copies, scale and inverse of
        // values; scores
        floats(2 * q_stride + 2 * key_stride + 4 * value_stride +
               kNarrowAttentionRows * key_stride),
        // keys, values, queries, weights
        halves(key_stride * q_stride + key_stride * value_stride +
               kNarrowAttentionRows * (q_stride + key_stride)) {}

  std::size_t total() const { return 4 * floats + 2 * halves; }
  static std::size_t aligned(int n) {
    return (static_cast<std::size_t>(n) + kAlign - 1) / kAlign * kAlign;
  }
};

#define HAYAGO_KERNEL(isa, type, symbol, how) \
  HAYAGO_DECLARE_KERNEL(NarrowAttentionKernel, isa, symbol)
#include "kernels/narrow_attention/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
