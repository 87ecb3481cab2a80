#include "kernels/cpu/avx2.h"
#include "kernels/rmsnorm/rmsnorm_body.h"

namespace hayago::kernels {

const RmsNormKernel rmsnorm_f32_avx2 = RmsNormBody<Avx2>::kKernel;

}  // namespace hayago::kernels
