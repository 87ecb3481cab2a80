// spec/02 section 4:  n = pre(t);  q = gpool(g(gConv(n)));  u = conv1(n) + mm(q);
//                     t += conv2(mid(u))
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit(PlanBuilder& b, const GPoolBlock& block, TensorId trunk) {
  const TensorId n = b.norm_act(trunk, block.pre_norm, block.pre_act);
  const TensorId pooled = b.gpool(b.norm_act(b.conv(n, block.g_conv), block.g_norm, block.g_act));
  const TensorId row = b.matmul(pooled, block.g_to_bias);
  const TensorId u = b.add_row_bias(b.conv(n, block.conv1), row);
  const TensorId m = b.norm_act(u, block.mid_norm, block.mid_act);
  return b.add(trunk, b.conv(m, block.conv2));
}

}  // namespace hayago::nn
