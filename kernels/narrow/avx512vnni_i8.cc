#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow/dot_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_avx512vnni = NarrowBody<DotTarget<Avx512Vnni>>::kKernel;

}  // namespace hayago::kernels
