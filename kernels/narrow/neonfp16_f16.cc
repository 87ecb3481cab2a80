#include "kernels/narrow/half_neon.h"

namespace hayago::kernels {

const NarrowKernel narrow_f16_neonfp16 = NarrowBody<RowTarget<NeonFp16>>::kKernel;

}  // namespace hayago::kernels
