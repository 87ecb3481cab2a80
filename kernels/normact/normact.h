// Folded batch norm + activation + mask (spec/02 section 2), and plain addition.
//   out[row][c] = mask[row] ? act(scale[c]*in[row][c] + shift[c]) : 0
// scale and shift are (c) padded with zeros; null means 1 and 0. mask (rows) or null. out may be
// in. Tolerance: 4e-6 * (1 + |exact|).
#pragma once
#include "kernels/isa.h"
#include "kernels/types.h"

namespace hayago::kernels {

using NormActFn = void (*)(const float* in, int rows, int c, const float* scale, const float* shift,
                           Act act, const float* mask, float* out) noexcept;
NormActFn pick_normact(Isa isa);

// x[n][p][c] += row_bias[n][c] for every pixel.
using AddRowBiasFn = void (*)(float* x, int n, int pixels, int c, const float* row_bias) noexcept;
AddRowBiasFn pick_add_row_bias(Isa isa);

}  // namespace hayago::kernels
