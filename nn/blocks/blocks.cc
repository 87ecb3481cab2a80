#include "nn/blocks/blocks.h"

namespace hayago::nn {
namespace {

template <class T>
const T& alternative(const T& block) {
  return block;
}
template <class T>
const T& alternative(const std::unique_ptr<T>& block) {
  return *block;
}

}  // namespace

TensorId emit_block(PlanBuilder& b, const Block& block, TensorId trunk) {
  return std::visit([&](const auto& held) { return emit(b, alternative(held), trunk); }, block);
}

Plan build_plan(const ModelDesc& model) {
  PlanBuilder b;
  b.plan.spatial = b.input("spatial", model.c_spatial, true);
  b.plan.global = b.input("global", model.c_global, false);
  if (model.trunk.meta_encoder) {
    b.plan.meta = b.input("meta", model.trunk.meta_encoder->c_in, false);
  }
  b.full_precision = true;
  TensorId stream = emit_stem(b, model.trunk, b.plan.spatial, b.plan.global, b.plan.meta);
  b.full_precision = false;
  for (const Block& block : model.trunk.blocks) stream = emit_block(b, block, stream);
  const TensorId tip = emit_tip(b, model.trunk, stream);
  b.full_precision = true;
  emit_policy_head(b, model.policy, tip);
  emit_value_head(b, model.value, tip);
  return std::move(b.plan);
}

}  // namespace hayago::nn
