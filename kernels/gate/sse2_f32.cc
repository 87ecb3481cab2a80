#include "kernels/cpu/sse2.h"
#include "kernels/gate/gate_body.h"

namespace hayago::kernels {

const GateKernel gate_f32_sse2 = GateBody<Sse2>::kKernel;

}  // namespace hayago::kernels
