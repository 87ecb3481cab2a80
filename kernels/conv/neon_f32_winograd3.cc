#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/neon.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd3_neon = WinogradBody<Neon, WinogradF3Kernel5>::kKernel;

}  // namespace hayago::kernels
