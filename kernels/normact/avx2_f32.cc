#include "kernels/cpu/avx2.h"
#include "kernels/normact/normact_body.h"

namespace hayago::kernels {

const NormActKernel normact_f32_avx2 = NormActBody<Avx2>::kKernel;

}  // namespace hayago::kernels
