// What every operation's .cu file defines: check the arguments, choose a kernel, launch it. See
// struct GpuKernels for the common rules and the argument structs for the formulas.
#pragma once
#include "kernels/cuda/backend.h"
#include "kernels/cuda/gpu.h"

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

const char* launch_product(GpuType type, const GpuProduct& args, const GpuDevice& device,
                           GpuStream stream);
const char* launch_norm_act(GpuType type, const GpuNormAct& args, GpuStream stream);
const char* launch_pool(GpuType type, const GpuPool& args, GpuStream stream);
const char* launch_rms_norm(GpuType type, const GpuRmsNorm& args, GpuStream stream);
const char* launch_rope(GpuType type, const GpuRope& args, GpuStream stream);
const char* launch_attention(GpuType type, const GpuAttention& args, const GpuDevice& device,
                             GpuStream stream);
const char* launch_gate(GpuType type, const GpuGate& args, GpuStream stream);
const char* launch_expand(GpuType type, const GpuExpand& args, GpuStream stream);

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
