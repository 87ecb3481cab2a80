#include "kernels/narrow_attention/kernel.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<NarrowAttentionKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/narrow_attention/kernels.inc"
#undef HAYAGO_KERNEL
};

}  // namespace

std::size_t narrow_attention_scratch_bytes(const AttentionArgs& args) {
  return static_cast<std::size_t>(args.share.parts) * NarrowAttentionLayout(args).total();
}

AttentionFn pick_narrow_attention(Isa limit) {
  const NarrowAttentionKernel& kernel = pick_kernel(kLines, limit);
  const bool is_ref = kernel.attention == narrow_attention_i16_ref.attention;
  return is_ref && limit != Isa::kRef ? nullptr : kernel.attention;
}

}  // namespace hayago::kernels
