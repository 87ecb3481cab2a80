// From descriptions to primitives. A block reads the residual stream `trunk`, (n, P, C), and
// returns the tensor that replaces it. All throw ModelError for a layer that no executor supports.
#pragma once
#include "nn/model/desc.h"
#include "nn/plan/plan.h"

namespace hayago::nn {

// TensorId emit(PlanBuilder&, const XBlock&, TensorId trunk), one per line of the list.
#define HAYAGO_BLOCK(type, file) TensorId emit(PlanBuilder& b, const type& block, TensorId trunk);
#include "nn/blocks/blocks.inc"
#undef HAYAGO_BLOCK

// The one place that looks at the kind of a block.
TensorId emit_block(PlanBuilder& b, const Block& block, TensorId trunk);

// spec/02 section 3. `meta` is kNoTensor for networks without an encoder.
TensorId emit_stem(PlanBuilder& b, const TrunkDesc& trunk, TensorId spatial, TensorId global,
                   TensorId meta);
TensorId emit_meta_encoder(PlanBuilder& b, const MetaEncoderDesc& encoder, TensorId meta);
// spec/02 section 6.
TensorId emit_tip(PlanBuilder& b, const TrunkDesc& trunk, TensorId stream);
// Set the outputs of b.plan; spec/02 sections 7 and 8.
void emit_policy_head(PlanBuilder& b, const PolicyHeadDesc& head, TensorId tip);
void emit_value_head(PlanBuilder& b, const ValueHeadDesc& head, TensorId tip);

}  // namespace hayago::nn
