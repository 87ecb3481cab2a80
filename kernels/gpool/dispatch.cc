#include "kernels/gpool/kernel.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<PoolKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/gpool/kernels.inc"
#undef HAYAGO_KERNEL
};

}  // namespace

PoolFn pick_gpool(Isa isa) { return pick_kernel(kLines, isa).gpool; }
PoolFn pick_vpool(Isa isa) { return pick_kernel(kLines, isa).vpool; }

}  // namespace hayago::kernels
