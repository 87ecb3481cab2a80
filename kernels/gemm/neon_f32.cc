#include "kernels/cpu/neon.h"
#include "kernels/gemm/gemm_body.h"

namespace hayago::kernels {

const GemmKernel gemm_f32_neon = GemmBody<Neon>::kKernel;

}  // namespace hayago::kernels
