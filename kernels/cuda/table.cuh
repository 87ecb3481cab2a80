// All launches of this backend as one table.
#pragma once
#include "kernels/cuda/gpu_launch.h"

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

inline constexpr GpuKernels kKernelTable = {launch_product,  launch_norm_act, launch_pool,
                                            launch_rms_norm, launch_rope,     launch_attention,
                                            launch_gate,     launch_expand};

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
