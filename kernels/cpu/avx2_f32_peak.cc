#include "kernels/cpu/avx2.h"
#include "kernels/cpu/peak_body.h"

namespace hayago::kernels {

float peak_f32_avx2(long steps) noexcept { return peak_burst<Avx2>(steps); }

}  // namespace hayago::kernels
