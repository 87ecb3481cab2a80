// What one line of kernels.inc provides. Internal to kernels/narrow, tests and benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/narrow/narrow.h"
#include "kernels/share.h"

namespace hayago::kernels {

// Which Winograd form F(m x m, 3 x 3) a kernel computes (kernels/conv/winograd_tiles.h).
struct WinogradForm {
  int outputs = 0, inputs = 0;  // m, a = m + 2
  const double* points = nullptr;
  int products() const { return inputs * inputs; }
};

// How a Winograd kernel makes bytes of v = B^T (q - input_zero) B: as WinogradSteps (narrow.h)
// says, halves upwards, at least 0 and at most 255.
struct WinogradBytes {
  const std::int16_t *factors = nullptr, *zeros = nullptr;  // (a*a)
  int input_zero = 0;
};

// One call: everything but the shape and the epilogue.
struct NarrowRun {
  const void* in = nullptr;
  const void* packed = nullptr;
  // kU8: acc = multiplier[o] * (sum of q * w + correction[o]); padded(c_out) of each, for Winograd
  // forms (a*a, padded(c_out)).
  const std::int32_t* correction = nullptr;
  const float* multiplier = nullptr;
  int n = 0, h = 0, w = 0;
  NarrowOut narrow_out;
  Share share = {};
  WinogradBytes winograd = {};
  void* scratch = nullptr;  // 64-byte aligned
};

struct NarrowKernel {
  const char* algorithm;
  NarrowType type;
  int input_offset;  // kU8: what the kernel subtracts from every input byte before multiplying
  const WinogradForm* winograd;  // null: the bytes that are multiplied are those of the input
  std::size_t (*packed_bytes)(const NarrowShape& shape);
  // weights: s8 or the bits of a 16-bit float, file order [ky][kx][c_in][c_out]; for Winograd forms
  // s8 [a*a][c_in][c_out].
  void (*pack)(const NarrowShape& shape, const void* weights, void* packed);
  std::size_t (*scratch_bytes)(const NarrowShape& shape, int parts);
  void (*run)(const NarrowShape& shape, const NarrowRun& run, const Epilogue& epilogue) noexcept;
  ToNarrowFn to_narrow;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(NarrowKernel, isa, symbol)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
