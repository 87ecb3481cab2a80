// What one line of kernels.inc provides. Internal to kernels/gemm, tests and benchmarks.
#pragma once
#include <cstddef>

#include "kernels/dispatch.h"
#include "kernels/gemm/gemm.h"

namespace hayago::kernels {

struct GemmKernel {
  const char* algorithm;
  // Floats of packed weights, and the packing itself from file order [c_in][c_out].
  std::size_t (*packed_size)(int c_in, int c_out);
  void (*pack)(int c_in, int c_out, const float* weights, float* packed);
  void (*run)(int c_in, int c_out, const float* packed, const float* in, int rows,
              int rows_per_position, const Epilogue& epilogue, const Share& share) noexcept;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(GemmKernel, isa, symbol)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
