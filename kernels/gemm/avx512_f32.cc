#include "kernels/cpu/avx512.h"
#include "kernels/gemm/gemm_body.h"

namespace hayago::kernels {

const GemmKernel gemm_f32_avx512 = GemmBody<Avx512>::kKernel;

}  // namespace hayago::kernels
