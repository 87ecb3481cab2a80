#include "kernels/cpu/neon.h"
#include "kernels/normact/normact_body.h"

namespace hayago::kernels {

const NormActKernel normact_f32_neon = NormActBody<Neon>::kKernel;

}  // namespace hayago::kernels
