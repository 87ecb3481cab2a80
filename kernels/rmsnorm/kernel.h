// What one line of kernels.inc provides. Internal to kernels/rmsnorm, tests and benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/rmsnorm/rmsnorm.h"

namespace hayago::kernels {

struct RmsNormKernel {
  RmsNormFn per_pixel;
  RmsNormFn spatial;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(RmsNormKernel, isa, symbol)
#include "kernels/rmsnorm/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
