// spec/02 section 7.
#include "nn/blocks/blocks.h"

namespace hayago::nn {

void emit_policy_head(PlanBuilder& b, const PolicyHeadDesc& head, TensorId tip) {
  const TensorId pooled = b.gpool(b.norm_act(b.conv(tip, head.g1_conv), head.g1_norm, head.g1_act));
  const TensorId row = b.matmul(pooled, head.g_to_bias);
  const TensorId u = b.add_row_bias(b.conv(tip, head.p1_conv), row);
  b.plan.policy = b.conv(b.norm_act(u, head.p1_norm, head.p1_act), head.p2_conv);

  TensorId pass = b.matmul(pooled, head.g_to_pass);
  if (head.g_to_pass2) {  // version 15 and later
    pass =
        b.matmul(b.activate(b.add_bias(pass, *head.pass_bias), *head.pass_act), *head.g_to_pass2);
  }
  b.plan.pass = pass;
}

}  // namespace hayago::nn
