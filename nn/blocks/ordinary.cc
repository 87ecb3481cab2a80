// spec/02 section 4:  t += conv2(mid(conv1(pre(t))))
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit(PlanBuilder& b, const OrdinaryBlock& block, TensorId trunk) {
  const TensorId n = b.norm_act(trunk, block.pre_norm, block.pre_act);
  const TensorId u = b.conv(n, block.conv1);
  const TensorId m = b.norm_act(u, block.mid_norm, block.mid_act);
  return b.add(trunk, b.conv(m, block.conv2));
}

}  // namespace hayago::nn
