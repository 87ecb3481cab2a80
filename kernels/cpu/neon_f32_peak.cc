#include "kernels/cpu/neon.h"
#include "kernels/cpu/peak_body.h"

namespace hayago::kernels {

float peak_f32_neon(long steps) noexcept { return peak_burst<Neon>(steps); }

}  // namespace hayago::kernels
