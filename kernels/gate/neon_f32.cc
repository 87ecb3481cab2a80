#include "kernels/cpu/neon.h"
#include "kernels/gate/gate_body.h"

namespace hayago::kernels {

const GateKernel gate_f32_neon = GateBody<Neon>::kKernel;

}  // namespace hayago::kernels
