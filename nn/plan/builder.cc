#include <fmt/format.h>

#include "nn/model/load.h"
#include "nn/plan/plan.h"

namespace hayago::nn {

std::vector<TensorId> Plan::inputs() const {
  std::vector<TensorId> ids{spatial, global, meta};
  std::erase(ids, kNoTensor);
  return ids;
}

std::vector<TensorId> Plan::outputs() const {
  std::vector<TensorId> ids{policy, pass, value, score, ownership};
  std::erase(ids, kNoTensor);
  return ids;
}

TensorId PlanBuilder::define(const std::string& name, int channels, bool per_pixel) {
  plan.tensors.push_back({name, channels, per_pixel, std::nullopt});
  return static_cast<TensorId>(plan.tensors.size()) - 1;
}

TensorId PlanBuilder::define_like(TensorId in, const std::string& suffix) {
  const Tensor like = plan.tensor(in);
  return define(like.name + suffix, like.channels, like.per_pixel);
}

TensorId PlanBuilder::input(const std::string& name, int channels, bool per_pixel) {
  return define(name, channels, per_pixel);
}

TensorId PlanBuilder::conv(TensorId in, const ConvDesc& desc) {
  if (desc.dil_y != 1 || desc.dil_x != 1) {
    throw ModelError(fmt::format("convolution {}: dilation {}x{} is not supported (only 1x1 is)",
                                 desc.name, desc.dil_y, desc.dil_x));
  }
  const TensorId out = define(desc.name, desc.c_out, true);
  FusedEpilogue epilogue;
  epilogue.raw_out = out;
  if (desc.ky == 1 && desc.kx == 1) {
    plan.ops.push_back(MatMulOp{desc.name, desc.c_in, desc.c_out, desc.weights, in, epilogue,
                                full_precision, nullptr});
  } else {
    const kernels::ConvShape shape{desc.ky, desc.kx, desc.c_in, desc.c_out};
    plan.ops.push_back(
        ConvOp{desc.name, shape, desc.weights, in, epilogue, full_precision, nullptr});
  }
  return out;
}

TensorId PlanBuilder::matmul(TensorId in, const MatMulDesc& desc) {
  const TensorId out = define(desc.name, desc.c_out, plan.tensor(in).per_pixel);
  FusedEpilogue epilogue;
  epilogue.raw_out = out;
  plan.ops.push_back(MatMulOp{desc.name, desc.c_in, desc.c_out, desc.weights, in, epilogue,
                              full_precision, nullptr});
  return out;
}

TensorId PlanBuilder::add_bias(TensorId in, const BiasDesc& desc) {
  const TensorId out = define_like(in, "+bias");
  plan.ops.push_back(AddBiasOp{in, out, desc.values});
  return out;
}

TensorId PlanBuilder::add_row_bias(TensorId in, TensorId row) {
  const TensorId out = define_like(in, "+row");
  plan.ops.push_back(AddRowBiasOp{in, row, out});
  return out;
}

TensorId PlanBuilder::add(TensorId residual, TensorId branch, bool mask_branch) {
  const TensorId out = define_like(branch, "+residual");
  plan.ops.push_back(AddOp{residual, branch, out, mask_branch});
  return out;
}

TensorId PlanBuilder::norm_act(TensorId in, const NormDesc& norm, const ActDesc& act) {
  const TensorId out = define_like(in, "|" + norm.name);
  plan.ops.push_back(NormActOp{in, out, norm.a, norm.b, act.act});
  return out;
}

TensorId PlanBuilder::activate(TensorId in, const ActDesc& act) {
  const TensorId out = define_like(in, "|" + act.name);
  plan.ops.push_back(NormActOp{in, out, {}, {}, act.act});
  return out;
}

TensorId PlanBuilder::pool(TensorId in, PoolKind kind) {
  const Tensor source = plan.tensor(in);
  const TensorId out = define(source.name + "|pool", 3 * source.channels, false);
  plan.ops.push_back(PoolOp{in, out, kind});
  return out;
}

TensorId PlanBuilder::gpool(TensorId in) { return pool(in, PoolKind::kPolicy); }
TensorId PlanBuilder::vpool(TensorId in) { return pool(in, PoolKind::kValue); }

TensorId PlanBuilder::rms_norm(TensorId in, const TNormDesc& norm) {
  const TensorId out = define_like(in, "|" + norm.name);
  plan.ops.push_back(
      RmsNormOp{norm.name, in, out, norm.weight, {}, norm.eps, false, kernels::Act::kIdentity});
  return out;
}

TensorId PlanBuilder::rms_norm(TensorId in, const RmsNormDesc& norm, const ActDesc& act) {
  const TensorId out = define_like(in, "|" + norm.name);
  plan.ops.push_back(
      RmsNormOp{norm.name, in, out, norm.gamma, norm.beta, norm.eps, norm.spatial, act.act});
  return out;
}

int PlanBuilder::rope_table(const RopeTable& table) {
  for (std::size_t i = 0; i < plan.rope_tables.size(); ++i) {
    const RopeTable& other = plan.rope_tables[i];
    const bool same_source = table.frequencies.data() == other.frequencies.data() &&
                             table.frequencies.size() == other.frequencies.size() &&
                             table.theta == other.theta;
    if (same_source && table.kv_heads == other.kv_heads && table.dim == other.dim) {
      return static_cast<int>(i);
    }
  }
  plan.rope_tables.push_back(table);
  return static_cast<int>(plan.rope_tables.size()) - 1;
}

TensorId PlanBuilder::rope(TensorId in, int heads, int table) {
  const TensorId out = define_like(in, "|rope");
  plan.ops.push_back(RopeOp{in, out, heads, table});
  return out;
}

TensorId PlanBuilder::attention(TensorId q, TensorId k, TensorId v, const AttentionBlock& block) {
  const TensorId out = define(block.name + "/heads", block.heads * block.v_dim, true);
  plan.ops.push_back(
      AttentionOp{block.name, q, k, v, out, block.heads, block.kv_heads, block.q_dim, block.v_dim});
  return out;
}

TensorId PlanBuilder::silu_gate(TensorId in, TensorId gate) {
  const TensorId out = define_like(in, "|gate");
  plan.ops.push_back(SiluGateOp{in, gate, out});
  return out;
}

}  // namespace hayago::nn
