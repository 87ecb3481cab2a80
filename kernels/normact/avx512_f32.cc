#include "kernels/cpu/avx512.h"
#include "kernels/normact/normact_body.h"

namespace hayago::kernels {

const NormActKernel normact_f32_avx512 = NormActBody<Avx512>::kKernel;

}  // namespace hayago::kernels
