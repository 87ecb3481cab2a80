#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow_attention/narrow_attention_body.h"

namespace hayago::kernels {

const NarrowAttentionKernel narrow_attention_i8_avx512vnni =
    NarrowAttentionBody<Avx512Vnni>::kKernel;

}  // namespace hayago::kernels
