#include "kernels/conv/direct_body.h"
#include "kernels/cpu/sse2.h"

namespace hayago::kernels {

const ConvKernel conv_f32_direct_sse2 = DirectConvBody<Sse2>::kKernel;

}  // namespace hayago::kernels
