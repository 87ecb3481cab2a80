// The matrix micro-kernel that convolutions, matrix products and attention share.
//   c[r][o] (+)= sum over taps t and channels i < k of a[t*rows + r][i] * b[t][i][o], o < width
// A register tile of kRows x kVectors vectors; rows come as pointers, so gathering pixels, padding
// and plain matrices are the same thing. An accumulating call adds its own sum to c at the end,
// which keeps the rounding error of long reductions that are cut into blocks small. Every output
// element sees the same sequence of operations (taps outer, i inner, increasing) whatever tile it
// falls in: results do not depend on the batch.
#pragma once
#include <cstddef>

namespace hayago::kernels {

// Memory that is needed soon. Its cache lines are fetched one by one during the whole call: a core
// has few of them in flight at a time, and in bursts they would hold up the loads of the call
// itself.
struct WeightsAhead {
  const float* at = nullptr;  // null: nothing; else `at` + i * step for channel i, into L2
  std::ptrdiff_t step = 0;    // floats
};
struct MicroArgs {
  const float* const* a;  // (taps, rows)
  int taps;
  int k;           // channels per tap in this call
  const float* b;  // (taps, k, width), taps b_tap_stride apart
  std::ptrdiff_t b_tap_stride;
  float* c;  // (rows, width)
  std::ptrdiff_t c_stride;
  WeightsAhead weights_ahead = {};
  // From the rows of this call to those of the next, which are fetched into L1; 0: none.
  std::ptrdiff_t rows_ahead = 0;  // floats
};

using MicroFn = void (*)(const MicroArgs&) noexcept;

}  // namespace hayago::kernels
