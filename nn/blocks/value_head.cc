// spec/02 section 8.
#include "nn/blocks/blocks.h"

namespace hayago::nn {

void emit_value_head(PlanBuilder& b, const ValueHeadDesc& head, TensorId tip) {
  const TensorId k = b.norm_act(b.conv(tip, head.v1_conv), head.v1_norm, head.v1_act);
  const TensorId hidden =
      b.activate(b.add_bias(b.matmul(b.vpool(k), head.v2_mul), head.v2_bias), head.v2_act);
  b.plan.value = b.add_bias(b.matmul(hidden, head.v3_mul), head.v3_bias);
  b.plan.score = b.add_bias(b.matmul(hidden, head.sv3_mul), head.sv3_bias);
  b.plan.ownership = b.conv(k, head.own_conv);
}

}  // namespace hayago::nn
