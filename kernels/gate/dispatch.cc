#include "kernels/gate/kernel.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<GateKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/gate/kernels.inc"
#undef HAYAGO_KERNEL
};

}  // namespace

SiluGateFn pick_silu_gate(Isa isa) { return pick_kernel(kLines, isa).silu_gate; }

}  // namespace hayago::kernels
