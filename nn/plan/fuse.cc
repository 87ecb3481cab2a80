#include "nn/plan/fuse.h"

#include <optional>

namespace hayago::nn {
namespace {

class Fuser {
 public:
  explicit Fuser(const Plan& plan)
      : plan_(plan), readers_(plan.tensors.size()), taken_(plan.ops.size(), false) {
    for (std::size_t i = 0; i < plan.ops.size(); ++i) {
      for (const TensorId id : reads(plan.ops[i])) readers_[index(id)].push_back(i);
    }
    // An output counts as read by somebody who cannot be absorbed.
    for (const TensorId id : plan.outputs()) readers_[index(id)].push_back(plan.ops.size());
  }

  Plan run() {
    std::vector<std::optional<Op>> placed(plan_.ops.size());
    for (std::size_t i = 0; i < plan_.ops.size(); ++i) {
      if (taken_[i]) continue;
      Op op = plan_.ops[i];
      std::size_t position = i;
      if (auto* conv = std::get_if<ConvOp>(&op)) position = absorb(conv->epilogue, i);
      if (auto* product = std::get_if<MatMulOp>(&op)) position = absorb(product->epilogue, i);
      placed[position] = std::move(op);
    }
    Plan result = plan_;
    result.ops.clear();
    for (auto& op : placed) {
      if (op) result.ops.push_back(std::move(*op));
    }
    return result;
  }

 private:
  static std::size_t index(TensorId id) { return static_cast<std::size_t>(id); }

  // Extends the epilogue of the operation at `position`; returns where it has to run.
  std::size_t absorb(FusedEpilogue& e, std::size_t position) {
    while (const auto next = only_reader(e.raw_out)) {
      if (!absorb_addition(e, plan_.ops[*next])) break;
      taken_[*next] = true;
      position = *next;
    }
    absorb_norm(e);
    return position;
  }

  std::optional<std::size_t> only_reader(TensorId id) const {
    const auto& all = readers_[index(id)];
    if (all.size() != 1 || all[0] == plan_.ops.size()) return std::nullopt;
    return all[0];
  }

  static bool absorb_addition(FusedEpilogue& e, const Op& next) {
    if (const auto* op = std::get_if<AddBiasOp>(&next); op != nullptr && e.bias.empty()) {
      e.bias = op->bias;
      e.raw_out = op->out;
      return true;
    }
    if (const auto* op = std::get_if<AddRowBiasOp>(&next);
        op != nullptr && op->in == e.raw_out && e.row_bias == kNoTensor) {
      e.row_bias = op->row;
      e.raw_out = op->out;
      return true;
    }
    const auto* op = std::get_if<AddOp>(&next);
    if (op == nullptr || op->branch != e.raw_out || e.residual != kNoTensor) return false;
    // The mask of an epilogue applies to the bare product, before any bias.
    if (op->mask_branch && !(e.bias.empty() && e.row_bias == kNoTensor)) return false;
    e.residual = op->residual;
    e.mask_acc = op->mask_branch;
    e.raw_out = op->out;
    return true;
  }

  void absorb_norm(FusedEpilogue& e) {
    const auto& all = readers_[index(e.raw_out)];
    for (const std::size_t i : all) {
      const auto* op = i < plan_.ops.size() ? std::get_if<NormActOp>(&plan_.ops[i]) : nullptr;
      if (op == nullptr) continue;
      taken_[i] = true;
      e.scale = op->scale;
      e.shift = op->shift;
      e.act = op->act;
      e.act_out = op->out;
      if (all.size() == 1) e.raw_out = kNoTensor;
      return;
    }
  }

  const Plan& plan_;
  std::vector<std::vector<std::size_t>> readers_;  // per tensor, increasing
  std::vector<bool> taken_;                        // absorbed into an earlier operation
};

}  // namespace

Plan fuse(const Plan& plan) { return Fuser(plan).run(); }

}  // namespace hayago::nn
