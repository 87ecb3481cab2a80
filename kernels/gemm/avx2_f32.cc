#include "kernels/cpu/avx2.h"
#include "kernels/gemm/gemm_body.h"

namespace hayago::kernels {

const GemmKernel gemm_f32_avx2 = GemmBody<Avx2>::kKernel;

}  // namespace hayago::kernels
