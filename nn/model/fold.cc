#include "nn/model/fold.h"

#include <algorithm>
#include <cmath>

namespace hayago::nn {

void fold_norm(NormDesc& norm) {
  const std::size_t n = norm.mean.size();
  norm.a.resize(n);
  norm.b.resize(n);
  for (std::size_t c = 0; c < n; ++c) {
    const float scale = norm.has_scale ? norm.scale[c] : 1.0f;
    const float bias = norm.has_bias ? norm.bias[c] : 0.0f;
    norm.a[c] = scale / std::sqrt(norm.variance[c] + norm.eps);
    norm.b[c] = bias - norm.a[c] * norm.mean[c];
  }
}

namespace {

void reduce(NormDesc& norm) {
  if (norm.eps >= 0.5f) return;
  norm.has_scale = norm.has_bias = true;
  norm.scale = norm.a;
  norm.bias = norm.b;
  std::fill(norm.mean.begin(), norm.mean.end(), 0.0f);
  std::fill(norm.variance.begin(), norm.variance.end(), 1.0f - norm.eps);
  fold_norm(norm);
}

void reduce(OrdinaryBlock& block) {
  reduce(block.pre_norm);
  reduce(block.mid_norm);
}
void reduce(GPoolBlock& block) {
  reduce(block.pre_norm);
  reduce(block.g_norm);
  reduce(block.mid_norm);
}
void reduce(AttentionBlock&) {}
void reduce(FfnBlock&) {}
void reduce(std::vector<Block>& blocks);
void reduce(std::unique_ptr<NestedBlock>& block) {
  reduce(block->pre_norm);
  reduce(block->inner);
  reduce(block->post_norm);
}
void reduce(std::vector<Block>& blocks) {
  for (Block& block : blocks) std::visit([](auto& held) { reduce(held); }, block);
}

}  // namespace

void reduce_norms(ModelDesc& model) {
  reduce(model.trunk.blocks);
  if (model.trunk.tip_norm) reduce(*model.trunk.tip_norm);
  reduce(model.policy.g1_norm);
  reduce(model.policy.p1_norm);
  reduce(model.value.v1_norm);
}

}  // namespace hayago::nn
