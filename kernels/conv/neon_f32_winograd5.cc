#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/neon.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd5_neon = WinogradBody<Neon, WinogradF5>::kKernel;

}  // namespace hayago::kernels
