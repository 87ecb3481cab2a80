// What one line of kernels.inc provides. Internal to kernels/narrow_attention, tests and
// benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/narrow_attention/narrow_attention.h"

namespace hayago::kernels {

struct NarrowAttentionKernel {
  AttentionFn attention;
};

// Query rows that are worked on together: no tile of products takes more.
inline constexpr int kNarrowAttentionRows = 12;
// The largest softmax weight as an integer, with room to 65535 for what the exponential is off.
inline constexpr float kLog2OfWeightSteps = 15.988152f;  // 65000

// Where things lie in the scratch memory of one thread. Strides are whole vectors and panels of
// every ISA.
struct NarrowAttentionLayout {
  static constexpr std::size_t kAlign = 64;
  std::size_t q_stride, key_stride, value_stride;  // elements
  std::size_t floats, integers, bytes;             // of all arrays of the type

  explicit NarrowAttentionLayout(const AttentionArgs& args)
      : q_stride(aligned(args.q_dim)),
        key_stride(aligned(args.pixels)),
        value_stride(aligned(args.v_dim)),
        // mean and a row's copy; scale and addend of keys; 4 rows' copies, scale and inverse of
        // values; scores
        floats(2 * q_stride + 2 * key_stride + 6 * value_stride +
               kNarrowAttentionRows * key_stride),
        integers(key_stride + value_stride),
        // keys, values, queries, both bytes of weights
        bytes(key_stride * q_stride + key_stride * value_stride +
              kNarrowAttentionRows * (q_stride + 2 * key_stride)) {}

  std::size_t total() const { return 4 * (floats + integers) + bytes; }
  static std::size_t aligned(int n) {
    return (static_cast<std::size_t>(n) + kAlign - 1) / kAlign * kAlign;
  }
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(NarrowAttentionKernel, isa, symbol)
#include "kernels/narrow_attention/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
