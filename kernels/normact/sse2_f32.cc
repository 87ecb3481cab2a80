#include "kernels/cpu/sse2.h"
#include "kernels/normact/normact_body.h"

namespace hayago::kernels {

const NormActKernel normact_f32_sse2 = NormActBody<Sse2>::kKernel;

}  // namespace hayago::kernels
