#include "kernels/cpu/peak_body.h"
#include "kernels/cpu/sse2.h"

namespace hayago::kernels {

float peak_f32_sse2(long steps) noexcept { return peak_burst<Sse2>(steps); }

}  // namespace hayago::kernels
