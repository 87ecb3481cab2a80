#include "kernels/narrow/dot_body.h"
#include "kernels/narrow/dot_neon.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_neon = NarrowBody<DotTarget<NeonWide>>::kKernel;

}  // namespace hayago::kernels
