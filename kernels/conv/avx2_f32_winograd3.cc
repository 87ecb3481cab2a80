#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/avx2.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd3_avx2 = WinogradBody<Avx2, WinogradF3Kernel5>::kKernel;

}  // namespace hayago::kernels
