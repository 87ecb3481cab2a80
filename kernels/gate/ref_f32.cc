#include "kernels/cpu/ref.h"
#include "kernels/gate/kernel.h"

namespace hayago::kernels {
namespace {

void silu_gate(const float* a, const float* g, int rows, int c, float* out) noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows) * padded(c); ++i) {
    out[i] = static_cast<float>(ref_activate(a[i], Act::kSilu) * g[i]);
  }
}

}  // namespace

const GateKernel gate_f32_ref = {silu_gate};

}  // namespace hayago::kernels
