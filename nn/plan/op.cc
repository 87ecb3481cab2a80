#include "nn/plan/op.h"

namespace hayago::nn {
namespace {

using Ids = std::vector<TensorId>;

template <class T>
concept Weighted = requires(const T& op) {
  op.epilogue;
};

Ids raw_reads(const AddBiasOp& op) { return {op.in}; }
Ids raw_reads(const AddRowBiasOp& op) { return {op.in, op.row}; }
Ids raw_reads(const AddOp& op) { return {op.residual, op.branch}; }
Ids raw_reads(const NormActOp& op) { return {op.in}; }
Ids raw_reads(const PoolOp& op) { return {op.in}; }
Ids raw_reads(const RmsNormOp& op) { return {op.in}; }
Ids raw_reads(const RopeOp& op) { return {op.in}; }
Ids raw_reads(const AttentionOp& op) { return {op.q, op.k, op.v}; }
Ids raw_reads(const SiluGateOp& op) { return {op.in, op.gate}; }
Ids raw_reads(const NarrowOp& op) { return {op.in}; }
Ids raw_reads(const Weighted auto& op) {
  return {op.in, op.epilogue.row_bias, op.epilogue.residual};
}

Ids raw_writes(const auto& op) { return {op.out}; }
Ids raw_writes(const Weighted auto& op) {
  return {op.epilogue.raw_out, op.epilogue.act_out, op.epilogue.narrow_out};
}

std::vector<InPlace> pairs(const auto& op) { return {{op.in, op.out}}; }
std::vector<InPlace> pairs(const AddOp& op) { return {{op.branch, op.out}}; }
std::vector<InPlace> pairs(const PoolOp&) { return {}; }
std::vector<InPlace> pairs(const AttentionOp&) { return {}; }
std::vector<InPlace> pairs(const NarrowOp&) { return {}; }
std::vector<InPlace> pairs(const Weighted auto& op) {
  return {{op.epilogue.residual, op.epilogue.raw_out}};
}

Ids without_none(Ids ids) {
  std::erase(ids, kNoTensor);
  return ids;
}

}  // namespace

std::vector<TensorId> reads(const Op& op) {
  return without_none(std::visit([](const auto& o) { return raw_reads(o); }, op));
}

std::vector<TensorId> writes(const Op& op) {
  return without_none(std::visit([](const auto& o) { return raw_writes(o); }, op));
}

std::vector<InPlace> in_place_candidates(const Op& op) {
  auto all = std::visit([](const auto& o) { return pairs(o); }, op);
  std::erase_if(all, [](const InPlace& p) { return p.in == kNoTensor || p.out == kNoTensor; });
  return all;
}

}  // namespace hayago::nn
