#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow_attention/narrow_attention_body.h"

namespace hayago::kernels {

const NarrowAttentionKernel narrow_attention_i16_avx512vnni =
    NarrowAttentionBody<Avx512VnniPairs>::kKernel;

}  // namespace hayago::kernels
