#include "nn/exec/cpu/cpu_op.h"

#include "nn/exec/cpu/bind.h"

namespace hayago::nn {

CpuOpPtr make_cpu_op(const Op& op, const Plan& plan, const CpuKernels& kernels) {
  const Binding to{plan, kernels};
  return std::visit([&](const auto& primitive) { return bind(primitive, to); }, op);
}

}  // namespace hayago::nn
