#include "kernels/attention/attention_body.h"
#include "kernels/cpu/neon.h"

namespace hayago::kernels {

const AttentionKernel attention_f32_neon = AttentionBody<Neon>::kKernel;

}  // namespace hayago::kernels
