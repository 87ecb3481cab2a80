#include "kernels/conv/direct_body.h"
#include "kernels/cpu/avx512.h"

namespace hayago::kernels {

const ConvKernel conv_f32_direct_avx512 = DirectConvBody<Avx512>::kKernel;

}  // namespace hayago::kernels
