#include "kernels/attention/attention_body.h"
#include "kernels/cpu/avx512.h"

namespace hayago::kernels {

const AttentionKernel attention_f32_avx512 = AttentionBody<Avx512>::kKernel;

}  // namespace hayago::kernels
