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

// The way back through it. With z = scale*in + shift and u = gradient * act'(z), for all rows of
// mask 1:
//   in_gradient[row][c] += u * scale[c],  scale_gradient[c] += u * in,  shift_gradient[c] += u
// act' of ReLU is 0 at 0. Tolerance: of a sum of products, 4e-6 * the sum of their magnitudes.
struct NormActBack {
  const float* in;        // (rows, c)
  const float* gradient;  // (rows, c), of out
  int rows, c;
  const float* scale;  // (c) padded with zeros, here never null
  const float* shift;
  Act act;
  const float* mask;      // (rows) or null
  float* in_gradient;     // (rows, c); none of the other arrays
  float* scale_gradient;  // (padded(c))
  float* shift_gradient;
};
using NormActBackFn = void (*)(const NormActBack&) noexcept;
NormActBackFn pick_normact_back(Isa isa);

}  // namespace hayago::kernels
