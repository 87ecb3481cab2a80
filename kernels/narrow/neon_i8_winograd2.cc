#include "kernels/narrow/dot_body.h"
#include "kernels/narrow/dot_neon.h"
#include "kernels/narrow/winograd_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_winograd2_neon =
    NarrowWinogradBody<DotTarget<NeonWide>, NarrowWinograd2>::kKernel;

}  // namespace hayago::kernels
