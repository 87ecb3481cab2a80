#include "nn/plan/print.h"

#include <fmt/format.h>

namespace hayago::nn {
namespace {

const char* act_name(kernels::Act act) {
  switch (act) {
    case kernels::Act::kIdentity:
      return "identity";
    case kernels::Act::kRelu:
      return "relu";
    case kernels::Act::kMish:
      return "mish";
    case kernels::Act::kSilu:
      return "silu";
  }
  return "?";
}

std::string norm_text(Weights scale, Weights shift, kernels::Act act) {
  return fmt::format("|{}{}", scale.empty() && shift.empty() ? "" : "norm ", act_name(act));
}

std::string epilogue_text(const FusedEpilogue& e) {
  std::string text;
  if (e.mask_acc) text += " masked";
  if (!e.bias.empty()) text += " +bias";
  if (e.row_bias != kNoTensor) text += fmt::format(" +row t{}", e.row_bias);
  if (e.residual != kNoTensor) text += fmt::format(" +t{}", e.residual);
  const bool activated = e.act_out != kNoTensor || e.narrow_out != kNoTensor;
  if (activated) text += fmt::format(" {}", norm_text(e.scale, e.shift, e.act));
  return text;
}

std::string head(const ConvOp& op) {
  return fmt::format("conv {}x{} {}->{}", op.shape.ky, op.shape.kx, op.shape.c_in, op.shape.c_out);
}
std::string head(const MatMulOp& op) { return fmt::format("matmul {}->{}", op.c_in, op.c_out); }
std::string head(const AddBiasOp&) { return "add_bias"; }
std::string head(const AddRowBiasOp&) { return "add_row_bias"; }
std::string head(const AddOp& op) { return op.mask_branch ? "add masked" : "add"; }
std::string head(const NormActOp&) { return "norm_act"; }
std::string head(const PoolOp& op) { return op.kind == PoolKind::kPolicy ? "gpool" : "vpool"; }
std::string head(const RmsNormOp& op) { return op.spatial ? "rms_norm spatial" : "rms_norm"; }
std::string head(const RopeOp& op) { return fmt::format("rope table {}", op.table); }
std::string head(const AttentionOp& op) {
  return fmt::format("attention {}/{} heads {}:{}{}", op.heads, op.kv_heads, op.q_dim, op.v_dim,
                     op.narrow ? " int16" : "");
}
std::string head(const SiluGateOp&) { return "silu_gate"; }
std::string head(const NarrowOp&) { return "narrow"; }

std::string tail(const auto&) { return ""; }
std::string tail(const ConvOp& op) {
  return fmt::format("  {}{}", op.name, epilogue_text(op.epilogue));
}
std::string tail(const MatMulOp& op) {
  return fmt::format("  {}{}", op.name, epilogue_text(op.epilogue));
}
std::string tail(const NormActOp& op) {
  return fmt::format("  {}", norm_text(op.scale, op.shift, op.act));
}
std::string tail(const RmsNormOp& op) { return fmt::format("  {} |{}", op.name, act_name(op.act)); }

// "t4, t5:bf16".
std::string id_list(const Plan& plan, const std::vector<TensorId>& ids) {
  std::string text;
  for (const TensorId id : ids) {
    const auto& narrow = plan.tensor(id).narrow;
    const std::string type = narrow ? fmt::format(":{}", kernels::narrow_name(narrow->type)) : "";
    text += fmt::format("{}t{}{}", text.empty() ? "" : ", ", id, type);
  }
  return text;
}

}  // namespace

std::string print_plan(const Plan& plan) {
  std::string text;
  for (const TensorId id : plan.inputs()) {
    text += fmt::format("input {} t{} ({})\n", plan.tensor(id).name, id, plan.tensor(id).channels);
  }
  for (std::size_t i = 0; i < plan.ops.size(); ++i) {
    const Op& op = plan.ops[i];
    text += fmt::format("{:4} {:24} {} -> {}{}\n", i,
                        std::visit([](const auto& o) { return head(o); }, op),
                        id_list(plan, reads(op)), id_list(plan, writes(op)),
                        std::visit([](const auto& o) { return tail(o); }, op));
  }
  text += fmt::format("output policy t{} pass t{} value t{} score t{} ownership t{}\n", plan.policy,
                      plan.pass, plan.value, plan.score, plan.ownership);
  return text;
}

}  // namespace hayago::nn
