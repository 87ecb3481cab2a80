#include "nn/exec/cpu/cpu_op.h"

#include "nn/exec/cpu/bind.h"

namespace hayago::nn {

CpuOpPtr make_cpu_op(const Op& op, const Plan& plan, kernels::Isa isa,
                     const std::string& conv_algorithm) {
  const Binding to{plan, isa, conv_algorithm};
  return std::visit([&](const auto& primitive) { return bind(primitive, to); }, op);
}

}  // namespace hayago::nn
