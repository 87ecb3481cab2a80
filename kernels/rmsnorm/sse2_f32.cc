#include "kernels/cpu/sse2.h"
#include "kernels/rmsnorm/rmsnorm_body.h"

namespace hayago::kernels {

const RmsNormKernel rmsnorm_f32_sse2 = RmsNormBody<Sse2>::kKernel;

}  // namespace hayago::kernels
