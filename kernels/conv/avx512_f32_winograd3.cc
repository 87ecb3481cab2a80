#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/avx512.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd3_avx512 = WinogradBody<Avx512, WinogradF3Kernel5>::kKernel;

}  // namespace hayago::kernels
