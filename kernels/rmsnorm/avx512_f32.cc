#include "kernels/cpu/avx512.h"
#include "kernels/rmsnorm/rmsnorm_body.h"

namespace hayago::kernels {

const RmsNormKernel rmsnorm_f32_avx512 = RmsNormBody<Avx512>::kKernel;

}  // namespace hayago::kernels
