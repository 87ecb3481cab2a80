// spec/02 section 5.1:  x = rms(t);  t += m * out(attention(rope(q(x)), rope(k(x)), v(x)))
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit(PlanBuilder& b, const AttentionBlock& block, TensorId trunk) {
  const TensorId x = b.rms_norm(trunk, block.pre_norm);
  TensorId q = b.matmul(x, block.q_proj);
  TensorId k = b.matmul(x, block.k_proj);
  const TensorId v = b.matmul(x, block.v_proj);
  if (block.use_rope) {
    RopeTable table;
    table.dim = block.q_dim;
    if (block.learnable_rope) {
      table.kv_heads = block.kv_heads;
      table.frequencies = block.rope_freqs;
    } else {
      table.theta = block.rope_theta;
    }
    const int index = b.rope_table(table);
    q = b.rope(q, block.heads, index);
    k = b.rope(k, block.kv_heads, index);
  }
  const TensorId heads = b.attention(q, k, v, block);
  return b.add(trunk, b.matmul(heads, block.out_proj), /*mask_branch=*/true);
}

}  // namespace hayago::nn
