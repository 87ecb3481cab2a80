// What one line of kernels.inc provides. Internal to kernels/attention, tests and benchmarks.
#pragma once
#include "kernels/attention/attention.h"
#include "kernels/dispatch.h"

namespace hayago::kernels {

// Query rows that are worked on together: no micro-kernel takes more (kernels/cpu/micro.h).
inline constexpr int kAttentionRows = 16;

struct AttentionKernel {
  RopeFn rope;
  AttentionFn attention;
};

#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_DECLARE_KERNEL(AttentionKernel, isa, symbol)
#include "kernels/attention/kernels.inc"
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
