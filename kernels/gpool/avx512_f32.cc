#include "kernels/cpu/avx512.h"
#include "kernels/gpool/gpool_body.h"

namespace hayago::kernels {

const PoolKernel gpool_f32_avx512 = PoolBody<Avx512>::kKernel;

}  // namespace hayago::kernels
