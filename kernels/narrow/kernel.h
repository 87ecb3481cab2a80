// What one line of kernels.inc provides. Internal to kernels/narrow, tests and benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/narrow/narrow.h"
#include "kernels/share.h"

namespace hayago::kernels {

// One call: everything but the shape and the epilogue.
struct NarrowRun {
  const void* in = nullptr;
  const void* packed = nullptr;
  // kU8: acc = multiplier[o] * (sum of q * w + correction[o]); padded(c_out) of each.
  const std::int32_t* correction = nullptr;
  const float* multiplier = nullptr;
  int n = 0, h = 0, w = 0;
  NarrowOut narrow_out;
  Share share = {};
};

struct NarrowKernel {
  const char* algorithm;
  NarrowType type;
  int input_offset;  // kU8: what the kernel subtracts from every input byte before multiplying
  std::size_t (*packed_bytes)(const NarrowShape& shape);
  // weights: s8 or the bits of bfloat16, file order [ky][kx][c_in][c_out].
  void (*pack)(const NarrowShape& shape, const void* weights, void* packed);
  void (*run)(const NarrowShape& shape, const NarrowRun& run, const Epilogue& epilogue) noexcept;
  ToNarrowFn to_narrow;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(NarrowKernel, isa, symbol)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
