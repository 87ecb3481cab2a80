#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow/dot_body.h"
#include "kernels/narrow/winograd_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_winograd4_avx512vnni =
    NarrowWinogradBody<DotTarget<Avx512Vnni>, NarrowWinograd4>::kKernel;

}  // namespace hayago::kernels
