#include "kernels/conv/direct_body.h"
#include "kernels/cpu/avx2.h"

namespace hayago::kernels {

const ConvKernel conv_f32_direct_avx2 = DirectConvBody<Avx2>::kKernel;

}  // namespace hayago::kernels
