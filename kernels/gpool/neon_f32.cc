#include "kernels/cpu/neon.h"
#include "kernels/gpool/gpool_body.h"

namespace hayago::kernels {

const PoolKernel gpool_f32_neon = PoolBody<Neon>::kKernel;

}  // namespace hayago::kernels
