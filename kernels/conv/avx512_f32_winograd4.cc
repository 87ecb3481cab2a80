#include "kernels/conv/winograd_body.h"
#include "kernels/cpu/avx512.h"

namespace hayago::kernels {

const ConvKernel conv_f32_winograd4_avx512 = WinogradBody<Avx512, WinogradF4>::kKernel;

}  // namespace hayago::kernels
