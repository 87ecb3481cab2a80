#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/neon.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd4_neon = WinogradBody<Neon, WinogradF4>::kKernel;

}  // namespace hayago::kernels
