// What one line of kernels.inc provides. Internal to kernels/conv, tests and benchmarks.
#pragma once
#include "kernels/conv/conv.h"
#include "kernels/cpu/inline.h"
#include "kernels/dispatch.h"
#include "kernels/share.h"

namespace hayago::kernels {

// A shape, and how to cut it.
struct BlockedConv : ConvShape {
  Blocking blocking;
  HAYAGO_INLINE constexpr BlockedConv(const ConvShape& shape, const Blocking& how = {})
      : ConvShape(shape), blocking(how) {}
};

struct ConvKernel {
  const char* algorithm;
  RegisterTile tile;
  bool (*supports)(const ConvShape& shape);
  // Floats of packed weights, and the packing itself from file order [ky][kx][c_in][c_out].
  std::size_t (*packed_size)(const ConvShape& shape);
  void (*pack)(const BlockedConv& conv, const float* weights, float* packed);
  // For calls of `parts` threads.
  std::size_t (*scratch_bytes)(const BlockedConv& conv, int n, int h, int w, int parts);
  int (*phases)(const BlockedConv& conv, int n, int h, int w, int parts);
  void (*run)(const BlockedConv& conv, const float* packed, const float* in, int n, int h, int w,
              const Epilogue& epilogue, void* scratch, const Share& share) noexcept;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(ConvKernel, isa, symbol)
#include "kernels/conv/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
