#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/sse2.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd3_sse2 = WinogradBody<Sse2, WinogradF3Kernel5>::kKernel;

}  // namespace hayago::kernels
