// spec/02 section 5.3:  x = rms(t);  t += m * linear2(silu(linear1(x)) * gate(x))
#include <fmt/format.h>

#include "nn/blocks/blocks.h"
#include "nn/model/load.h"

namespace hayago::nn {

TensorId emit(PlanBuilder& b, const FfnBlock& block, TensorId trunk) {
  if (!block.gated) {
    throw ModelError(fmt::format(
        "feed-forward block {}: the form without a gate (swiglu 0) is not supported", block.name));
  }
  const TensorId x = b.rms_norm(trunk, block.pre_norm);
  const TensorId gate = b.matmul(x, block.gate);
  const TensorId hidden = b.silu_gate(b.matmul(x, block.linear1), gate);
  return b.add(trunk, b.matmul(hidden, block.linear2), /*mask_branch=*/true);
}

}  // namespace hayago::nn
