#include "kernels/cpu/avx2.h"
#include "kernels/gate/gate_body.h"

namespace hayago::kernels {

const GateKernel gate_f32_avx2 = GateBody<Avx2>::kKernel;

}  // namespace hayago::kernels
