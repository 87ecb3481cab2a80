#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow/dot_body.h"
#include "kernels/narrow/winograd_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_winograd2_avx512vnni =
    NarrowWinogradBody<DotTarget<Avx512Vnni>, NarrowWinograd2>::kKernel;

}  // namespace hayago::kernels
