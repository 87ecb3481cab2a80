// What one line of kernels.inc provides. Internal to kernels/gemm, tests and benchmarks.
#pragma once
#include <cstddef>

#include "kernels/dispatch.h"
#include "kernels/gemm/gemm.h"

namespace hayago::kernels {

struct GemmShape {
  int c_in, c_out;
  Blocking blocking = {};
};

struct GemmKernel {
  const char* algorithm;
  RegisterTile tile;
  // Floats of packed weights, and the packing itself from file order [c_in][c_out].
  std::size_t (*packed_size)(const GemmShape& shape);
  void (*pack)(const GemmShape& shape, const float* weights, float* packed);
  void (*run)(const GemmShape& shape, const float* packed, const float* in, int rows,
              int rows_per_position, const Epilogue& epilogue, const Share& share) noexcept;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(GemmKernel, isa, symbol)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
