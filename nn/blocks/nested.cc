// spec/02 section 4:  u = preConv(pre(t));  u = inner blocks(u);  t += postConv(post(u))
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit(PlanBuilder& b, const NestedBlock& block, TensorId trunk) {
  TensorId u = b.conv(b.norm_act(trunk, block.pre_norm, block.pre_act), block.pre_conv);
  for (const Block& inner : block.inner) u = emit_block(b, inner, u);
  return b.add(trunk, b.conv(b.norm_act(u, block.post_norm, block.post_act), block.post_conv));
}

}  // namespace hayago::nn
