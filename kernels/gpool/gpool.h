// Global pooling (spec/02 section 2). in: (n, P, c), already normalised, activated and masked
// (exactly 0 off the board). mask: (n, P) or null when every pixel is on the board.
// area: (n), number of board points. out: (n, 3*c) with rows padded(3*c); padding written as 0.
//   gpool: mean | mean*(sqrt(A)-14)*0.1 | max(-1, max_p(in + mask - 1))
//   vpool: mean | mean*(sqrt(A)-14)*0.1 | mean*((sqrt(A)-14)^2*0.01 - 0.1)
// Tolerance: 1e-5 * max(1, max|in|).
#pragma once
#include "kernels/isa.h"
#include "kernels/types.h"

namespace hayago::kernels {

using PoolFn = void (*)(const float* in, int n, int pixels, int c, const float* mask,
                        const float* area, float* out) noexcept;
PoolFn pick_gpool(Isa isa);
PoolFn pick_vpool(Isa isa);

}  // namespace hayago::kernels
