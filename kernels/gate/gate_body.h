// out = silu(a) * g.
#pragma once
#include "kernels/cpu/math.h"
#include "kernels/gate/kernel.h"

namespace hayago::kernels {

template <class Target>
struct GateBody {
  using V = typename Target::Vec;

  static void silu_gate(const float* a, const float* g, int rows, int c, float* out) noexcept {
    const std::size_t count = static_cast<std::size_t>(rows) * padded(c);
    for (std::size_t i = 0; i < count; i += kLanes<V>) {
      (silu(load<V>(a + i)) * load<V>(g + i)).store_unaligned(out + i);
    }
  }

  static constexpr GateKernel kKernel = {silu_gate};
};

}  // namespace hayago::kernels
