// A network as a list of primitives in execution order, and the builder the blocks emit into.
#pragma once
#include <string>
#include <vector>

#include "nn/model/desc.h"
#include "nn/plan/op.h"

namespace hayago::nn {

struct Plan {
  std::vector<Tensor> tensors;
  std::vector<Op> ops;
  std::vector<RopeTable> rope_tables;

  // Inputs are written by the executor; meta is kNoTensor without an encoder.
  TensorId spatial = kNoTensor, global = kNoTensor, meta = kNoTensor;
  // Raw outputs (spec/02 sections 7 and 8).
  TensorId policy = kNoTensor, pass = kNoTensor, value = kNoTensor, score = kNoTensor,
           ownership = kNoTensor;

  std::vector<TensorId> inputs() const;
  std::vector<TensorId> outputs() const;
  const Tensor& tensor(TensorId id) const { return tensors[static_cast<std::size_t>(id)]; }
};

// Appends operations. Every function returns the tensor it defines.
class PlanBuilder {
 public:
  TensorId input(const std::string& name, int channels, bool per_pixel);

  // Throws ModelError for a dilation other than 1. 1x1 becomes a MatMulOp.
  TensorId conv(TensorId in, const ConvDesc& desc);
  TensorId matmul(TensorId in, const MatMulDesc& desc);
  TensorId add_bias(TensorId in, const BiasDesc& desc);
  TensorId add_row_bias(TensorId in, TensorId row);
  TensorId add(TensorId residual, TensorId branch, bool mask_branch = false);
  TensorId norm_act(TensorId in, const NormDesc& norm, const ActDesc& act);
  TensorId activate(TensorId in, const ActDesc& act);
  TensorId gpool(TensorId in);
  TensorId vpool(TensorId in);
  TensorId rms_norm(TensorId in, const TNormDesc& norm);
  TensorId rms_norm(TensorId in, const RmsNormDesc& norm, const ActDesc& act);
  TensorId rope(TensorId in, int heads, int table);
  TensorId attention(TensorId q, TensorId k, TensorId v, const AttentionBlock& block);
  TensorId silu_gate(TensorId in, TensorId gate);

  // Index of an equal table or of a new one.
  int rope_table(const RopeTable& table);

  Plan plan;                    // outputs are set by whoever emits the heads
  bool full_precision = false;  // of the products emitted from now on

 private:
  TensorId define(const std::string& name, int channels, bool per_pixel);
  TensorId define_like(TensorId in, const std::string& suffix);
  TensorId pool(TensorId in, PoolKind kind);
};

// The whole network, not yet fused. Spans in the result point into `model`.
Plan build_plan(const ModelDesc& model);

}  // namespace hayago::nn
