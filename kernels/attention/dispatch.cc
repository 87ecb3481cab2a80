#include "kernels/attention/kernel.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<AttentionKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/attention/kernels.inc"
#undef HAYAGO_KERNEL
};

}  // namespace

// Room for one position and key/value head: K and V repacked into column panels, a block of score
// rows and a block of output rows (attention_body.h). Every ISA fits: panels are whole multiples of
// kChannelAlign.
std::size_t attention_scratch_bytes(const AttentionArgs& args) {
  const std::size_t keys = padded(args.pixels), values = padded(args.v_dim);
  const std::size_t floats = static_cast<std::size_t>(args.q_dim) * keys +
                             static_cast<std::size_t>(args.pixels) * values +
                             kAttentionRows * (keys + values);
  return args.share.parts * floats * sizeof(float);
}

RopeFn pick_rope(Isa isa) { return pick_kernel(kLines, isa).rope; }
AttentionFn pick_attention(Isa isa) { return pick_kernel(kLines, isa).attention; }

}  // namespace hayago::kernels
