#include "kernels/attention/attention_body.h"
#include "kernels/cpu/sse2.h"

namespace hayago::kernels {

const AttentionKernel attention_f32_sse2 = AttentionBody<Sse2>::kKernel;

}  // namespace hayago::kernels
