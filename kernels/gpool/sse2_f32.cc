#include "kernels/cpu/sse2.h"
#include "kernels/gpool/gpool_body.h"

namespace hayago::kernels {

const PoolKernel gpool_f32_sse2 = PoolBody<Sse2>::kKernel;

}  // namespace hayago::kernels
