#include "kernels/cpu/avx2.h"
#include "kernels/gpool/gpool_body.h"

namespace hayago::kernels {

const PoolKernel gpool_f32_avx2 = PoolBody<Avx2>::kKernel;

}  // namespace hayago::kernels
