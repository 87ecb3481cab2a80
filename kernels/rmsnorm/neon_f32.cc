#include "kernels/cpu/neon.h"
#include "kernels/rmsnorm/rmsnorm_body.h"

namespace hayago::kernels {

const RmsNormKernel rmsnorm_f32_neon = RmsNormBody<Neon>::kKernel;

}  // namespace hayago::kernels
