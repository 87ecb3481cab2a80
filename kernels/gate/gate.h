// Gate of the transformer's feed-forward block (spec/02 section 5.3): out = silu(a) * g,
// element-wise over (rows, padded(c)); out may be a or g. Tolerance: 4e-6 * (1 + |exact|).
#pragma once
#include "kernels/isa.h"
#include "kernels/types.h"

namespace hayago::kernels {

using SiluGateFn = void (*)(const float* a, const float* g, int rows, int c, float* out) noexcept;
SiluGateFn pick_silu_gate(Isa isa);

}  // namespace hayago::kernels
