#include "kernels/list.h"

#include "kernels/dispatch.h"

namespace hayago::kernels {
namespace {

constexpr bool kExact_exact = true;
constexpr bool kExact_close = false;

// HAYAGO_ON_<isa>(+ 1) leaves 0 or 0 + 1.
#define HAYAGO_INFO(op, isa, type, symbol, how) \
  {op, kIsa_##isa, #type, #symbol, kExact_##how, (0 HAYAGO_ON_##isa(+1)) != 0},

constexpr KernelInfo kKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("conv", isa, type, symbol, how)
#include "kernels/conv/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("gemm", isa, type, symbol, how)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("gpool", isa, type, symbol, how)
#include "kernels/gpool/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("normact", isa, type, symbol, how)
#include "kernels/normact/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("rmsnorm", isa, type, symbol, how)
#include "kernels/rmsnorm/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("attention", isa, type, symbol, how)
#include "kernels/attention/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("gate", isa, type, symbol, how)
#include "kernels/gate/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_INFO("narrow", isa, type, symbol, how)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL
#define HAYAGO_KERNEL(isa, type, symbol, how) \
  HAYAGO_INFO("narrow_attention", isa, type, symbol, how)
#include "kernels/narrow_attention/kernels.inc"
#undef HAYAGO_KERNEL
};

#define HAYAGO_KERNEL(isa, type, symbol, how)
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_GPU_INFO(op, target, type, symbol, how) \
  {op, kTarget_##target, #target, #type, #symbol, kExact_##how},

constexpr GpuKernelInfo kGpuKernels[] = {
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("conv", target, type, symbol, how)
#include "kernels/conv/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("gemm", target, type, symbol, how)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("gpool", target, type, symbol, how)
#include "kernels/gpool/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("normact", target, type, symbol, how)
#include "kernels/normact/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("rmsnorm", target, type, symbol, how)
#include "kernels/rmsnorm/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("attention", target, type, symbol, how)
#include "kernels/attention/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_GPU_INFO("gate", target, type, symbol, how)
#include "kernels/gate/kernels.inc"
#undef HAYAGO_CUDA_KERNEL
};
#undef HAYAGO_KERNEL

}  // namespace

std::span<const KernelInfo> kernel_list() { return kKernels; }

std::span<const GpuKernelInfo> gpu_kernel_list() { return kGpuKernels; }

const GpuKernelInfo* chosen_gpu_kernel(std::string_view op, std::string_view type, int compute) {
  for (const GpuKernelInfo& line : kGpuKernels) {
    if (line.op == op && line.type == type && line.target.runs_on(compute)) return &line;
  }
  return nullptr;
}

}  // namespace hayago::kernels
