#include "kernels/narrow/dot_avx2.h"
#include "kernels/narrow_attention/narrow_attention_body.h"

namespace hayago::kernels {

const NarrowAttentionKernel narrow_attention_i16_avxvnni =
    NarrowAttentionBody<AvxVnniPairs>::kKernel;

}  // namespace hayago::kernels
