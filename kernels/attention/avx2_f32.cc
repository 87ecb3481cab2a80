#include "kernels/attention/attention_body.h"
#include "kernels/cpu/avx2.h"

namespace hayago::kernels {

const AttentionKernel attention_f32_avx2 = AttentionBody<Avx2>::kKernel;

}  // namespace hayago::kernels
