#include "kernels/narrow/dot_avx2.h"
#include "kernels/narrow/dot_body.h"
#include "kernels/narrow/winograd_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_winograd4_avxvnni =
    NarrowWinogradBody<DotTarget<AvxVnniDot>, NarrowWinograd4>::kKernel;

}  // namespace hayago::kernels
