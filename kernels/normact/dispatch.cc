#include "kernels/normact/kernel.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<NormActKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/normact/kernels.inc"
#undef HAYAGO_KERNEL
};

}  // namespace

NormActFn pick_normact(Isa isa) { return pick_kernel(kLines, isa).normact; }
AddRowBiasFn pick_add_row_bias(Isa isa) { return pick_kernel(kLines, isa).add_row_bias; }
NormActBackFn pick_normact_back(Isa isa) { return pick_kernel(kLines, isa).normact_back; }

}  // namespace hayago::kernels
