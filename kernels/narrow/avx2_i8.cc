#include "kernels/narrow/dot_avx2.h"
#include "kernels/narrow/dot_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_avx2 = NarrowBody<DotTarget<Avx2Dot>>::kKernel;

}  // namespace hayago::kernels
