#include "kernels/cpu/avx512.h"
#include "kernels/gate/gate_body.h"

namespace hayago::kernels {

const GateKernel gate_f32_avx512 = GateBody<Avx512>::kKernel;

}  // namespace hayago::kernels
