#include "kernels/narrow/dot_neon.h"
#include "kernels/narrow_attention/narrow_attention_body.h"

namespace hayago::kernels {

const NarrowAttentionKernel narrow_attention_i8_neondot = NarrowAttentionBody<NeonDot>::kKernel;

}  // namespace hayago::kernels
