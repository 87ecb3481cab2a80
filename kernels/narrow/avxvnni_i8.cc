#include "kernels/narrow/dot_avx2.h"
#include "kernels/narrow/dot_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_avxvnni = NarrowBody<DotTarget<AvxVnniDot>>::kKernel;

}  // namespace hayago::kernels
