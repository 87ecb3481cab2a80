#include "kernels/rmsnorm/kernel.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<RmsNormKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/rmsnorm/kernels.inc"
#undef HAYAGO_KERNEL
};

}  // namespace

RmsNormFn pick_rmsnorm(Isa isa) { return pick_kernel(kLines, isa).per_pixel; }
RmsNormFn pick_rmsnorm_spatial(Isa isa) { return pick_kernel(kLines, isa).spatial; }

}  // namespace hayago::kernels
