#include "kernels/cpu/sse2.h"
#include "kernels/gemm/gemm_body.h"

namespace hayago::kernels {

const GemmKernel gemm_f32_sse2 = GemmBody<Sse2>::kKernel;

}  // namespace hayago::kernels
