// The primitives of transformer blocks, and the root-mean-square tips.
#include <cstring>

#include "kernels/attention/attention.h"
#include "kernels/gate/gate.h"
#include "kernels/narrow_attention/narrow_attention.h"
#include "kernels/rmsnorm/rmsnorm.h"
#include "nn/exec/cpu/bind.h"

namespace hayago::nn {
namespace {

using kernels::Isa;

class CpuRmsNorm final : public CpuOp {
 public:
  CpuRmsNorm(const RmsNormOp& op, int channels, Isa isa)
      : in_(op.in),
        out_(op.out),
        channels_(channels),
        eps_(op.eps),
        act_(op.act),
        spatial_(op.spatial),
        gamma_(AlignedFloats::padded_copy(op.gamma)),
        beta_(AlignedFloats::padded_copy(op.beta)),
        norm_(op.spatial ? kernels::pick_rmsnorm_spatial(isa) : kernels::pick_rmsnorm(isa)) {}
  void run(const OpRun& run) const noexcept override {
    // Over the board: the first part. By pixel: every part some rows, as if of one position.
    if (spatial_ && !run.share.is_first()) return;
    const RowShare rows = row_share(run, true);
    if (!spatial_ && rows.count == 0) return;
    kernels::RmsNormArgs args;
    args.n = spatial_ ? run.n : 1;
    args.pixels = spatial_ ? run.pixels() : rows.count;
    args.c = channels_;
    args.gamma = gamma_.data();
    args.beta = beta_.data();
    args.eps = eps_;
    args.act = act_;
    args.mask = spatial_ ? run.mask : rows.mask;
    args.area = run.area;
    if (spatial_) {
      norm_(run.tensor(in_), args, run.tensor(out_));
    } else {
      norm_(rows.of(run.tensor(in_), channels_), args, rows.of(run.tensor(out_), channels_));
    }
  }

 private:
  TensorId in_, out_;
  int channels_;
  float eps_;
  kernels::Act act_;
  bool spatial_;
  AlignedFloats gamma_, beta_;
  kernels::RmsNormFn norm_;
};

class CpuRope final : public CpuOp {
 public:
  CpuRope(const RopeOp& op, const Plan& plan, Isa isa)
      : op_(op), channels_(plan.tensor(op.in).channels), rope_(kernels::pick_rope(isa)) {
    const RopeTable& table = plan.rope_tables[static_cast<std::size_t>(op.table)];
    kv_heads_ = table.kv_heads;
    dim_ = table.dim;
  }
  void run(const OpRun& run) const noexcept override {
    const int first = run.share.begin(run.pixels()), end = run.share.end(run.pixels());
    for (int position = 0; position < run.n; ++position) {
      rotate(run, position * run.pixels() + first, first, end - first);
    }
  }

 private:
  // `count` rows from `row` on; the first is point `point` of its position.
  void rotate(const OpRun& run, int row, int point, int count) const noexcept {
    const auto stride = static_cast<std::size_t>(kernels::padded(channels_));
    const std::size_t at = static_cast<std::size_t>(row) * stride;
    float* const out = run.tensor(op_.out) + at;
    const float* const in = run.tensor(op_.in) + at;
    const std::size_t floats = static_cast<std::size_t>(count) * stride;
    if (in != out) std::memcpy(out, in, floats * sizeof(float));
    const RopeAngles& angles = run.rope[op_.table];
    const auto table_at = static_cast<std::ptrdiff_t>(point) * kv_heads_ * (dim_ / 2);
    kernels::RopeArgs args;
    args.n = 1;
    args.pixels = count;
    args.heads = op_.heads;
    args.kv_heads = kv_heads_;
    args.dim = dim_;
    args.cos_table = angles.cosines.data() + table_at;
    args.sin_table = angles.sines.data() + table_at;
    rope_(out, args);
  }

  RopeOp op_;
  int channels_, kv_heads_ = 0, dim_ = 0;
  kernels::RopeFn rope_;
};

class CpuAttention final : public CpuOp {
 public:
  CpuAttention(const AttentionOp& op, Isa isa)
      : op_(op), attention_(op.narrow ? kernels::pick_narrow_attention(isa) : nullptr) {
    is_narrow_ = attention_ != nullptr;
    if (!is_narrow_) attention_ = kernels::pick_attention(isa);
  }
  std::size_t scratch_bytes(int n, int h, int w, int parts) const override {
    const kernels::AttentionArgs sizes = args(n, h * w, nullptr, {0, parts});
    return is_narrow_ ? kernels::narrow_attention_scratch_bytes(sizes)
                      : kernels::attention_scratch_bytes(sizes);
  }
  void run(const OpRun& run) const noexcept override {
    attention_(run.tensor(op_.q), run.tensor(op_.k), run.tensor(op_.v),
               args(run.n, run.pixels(), run.mask, run.share), run.tensor(op_.out), run.scratch);
  }

 private:
  kernels::AttentionArgs args(int n, int pixels, const float* mask,
                              const kernels::Share& share) const {
    return {n, pixels, op_.heads, op_.kv_heads, op_.q_dim, op_.v_dim, mask, share};
  }
  AttentionOp op_;
  kernels::AttentionFn attention_;
  bool is_narrow_;
};

class CpuSiluGate final : public CpuOp {
 public:
  CpuSiluGate(const SiluGateOp& op, const Tensor& tensor, Isa isa)
      : op_(op),
        channels_(tensor.channels),
        per_pixel_(tensor.per_pixel),
        gate_(kernels::pick_silu_gate(isa)) {}
  void run(const OpRun& run) const noexcept override {
    const RowShare rows = row_share(run, per_pixel_);
    gate_(rows.of(run.tensor(op_.in), channels_), rows.of(run.tensor(op_.gate), channels_),
          rows.count, channels_, rows.of(run.tensor(op_.out), channels_));
  }

 private:
  SiluGateOp op_;
  int channels_;
  bool per_pixel_;
  kernels::SiluGateFn gate_;
};

}  // namespace

CpuOpPtr bind(const RmsNormOp& op, const Binding& to) {
  return std::make_unique<CpuRmsNorm>(op, to.plan.tensor(op.in).channels, to.kernels.isa);
}

CpuOpPtr bind(const RopeOp& op, const Binding& to) {
  return std::make_unique<CpuRope>(op, to.plan, to.kernels.isa);
}

CpuOpPtr bind(const AttentionOp& op, const Binding& to) {
  return std::make_unique<CpuAttention>(op, to.kernels.isa);
}

CpuOpPtr bind(const SiluGateOp& op, const Binding& to) {
  return std::make_unique<CpuSiluGate>(op, to.plan.tensor(op.in), to.kernels.isa);
}

}  // namespace hayago::nn
