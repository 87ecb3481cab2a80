// What one line of kernels.inc provides. Internal to kernels/gpool, tests and benchmarks.
#pragma once
#include "kernels/dispatch.h"
#include "kernels/gpool/gpool.h"

namespace hayago::kernels {

struct PoolKernel {
  PoolFn gpool;
  PoolFn vpool;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(PoolKernel, isa, symbol)
#include "kernels/gpool/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
