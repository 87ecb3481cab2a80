// What one line of kernels.inc provides. Internal to kernels/gate, tests and benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/gate/gate.h"

namespace hayago::kernels {

struct GateKernel {
  SiluGateFn silu_gate;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(GateKernel, isa, symbol)
#include "kernels/gate/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
