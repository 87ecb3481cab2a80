// What one line of kernels.inc provides. Internal to kernels/normact, tests and benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/normact/normact.h"

namespace hayago::kernels {

struct NormActKernel {
  NormActFn normact;
  AddRowBiasFn add_row_bias;
  NormActBackFn normact_back;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(NormActKernel, isa, symbol)
#include "kernels/normact/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
