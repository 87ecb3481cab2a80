#include "kernels/conv/direct_body.h"
#include "kernels/cpu/neon.h"

namespace hayago::kernels {

const ConvKernel conv_f32_direct_neon = DirectConvBody<Neon>::kKernel;

}  // namespace hayago::kernels
