// The yardstick: how many float32 multiply-accumulates one core can do.
#pragma once
#include "kernels/isa.h"

namespace hayago::kernels {

// Runs register-only fused multiply-adds (multiplies and additions where the ISA has no FMA) of
// `isa` in the calling thread and returns the best rate seen, in 1e9 multiply-accumulates per
// second. Takes about `seconds`. 0 for kRef and for an ISA that is not usable here.
double measure_fma_peak_gmacs(Isa isa, double seconds);

}  // namespace hayago::kernels
