#include "kernels/cpu/avx512.h"
#include "kernels/cpu/peak_body.h"

namespace hayago::kernels {

float peak_f32_avx512(long steps) noexcept { return peak_burst<Avx512>(steps); }

}  // namespace hayago::kernels
