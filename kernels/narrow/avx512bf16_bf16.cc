#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow/dot_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_bf16_avx512bf16 = NarrowBody<DotTarget<Avx512Bf16>>::kKernel;

}  // namespace hayago::kernels
