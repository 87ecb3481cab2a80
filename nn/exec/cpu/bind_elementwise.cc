// Norms, additions and pooling. In fused plans only pooling is common.
#include "kernels/gpool/gpool.h"
#include "kernels/normact/normact.h"
#include "nn/exec/cpu/bind.h"

namespace hayago::nn {
namespace {

using kernels::Isa;

// Norm + activation that found no producer to join; also biases and masks of unfused plans.
class CpuNormAct final : public CpuOp {
 public:
  CpuNormAct(const NormActOp& op, bool masked, const Tensor& tensor, Isa isa)
      : in_(op.in),
        out_(op.out),
        channels_(tensor.channels),
        per_pixel_(tensor.per_pixel),
        masked_(masked),
        act_(op.act),
        scale_(AlignedFloats::padded_copy(op.scale)),
        shift_(AlignedFloats::padded_copy(op.shift)),
        normact_(kernels::pick_normact(isa)) {}
  void run(const OpRun& run) const noexcept override {
    const RowShare rows = row_share(run, per_pixel_);
    if (rows.count == 0) return;
    normact_(rows.of(run.tensor(in_), channels_), rows.count, channels_, scale_.data(),
             shift_.data(), act_, masked_ ? rows.mask : nullptr,
             rows.of(run.tensor(out_), channels_));
  }

 private:
  TensorId in_, out_;
  int channels_;
  bool per_pixel_, masked_;
  kernels::Act act_;
  AlignedFloats scale_, shift_;
  kernels::NormActFn normact_;
};

// out = in (masked if asked) + row, where row is per position or has a row for every row of in.
// Only unfused plans contain it.
class CpuAdd final : public CpuOp {
 public:
  CpuAdd(TensorId in, TensorId row, TensorId out, bool mask_in, const Plan& plan, Isa isa)
      : copy_({in, out, {}, {}, kernels::Act::kIdentity}, mask_in, plan.tensor(in), isa),
        row_(row),
        out_(out),
        channels_(plan.tensor(in).channels),
        per_pixel_(plan.tensor(in).per_pixel),
        row_per_pixel_(plan.tensor(row).per_pixel),
        add_(kernels::pick_add_row_bias(isa)) {}
  int phases(int, int, int, int parts) const override { return parts == 1 ? 1 : 2; }
  void run(const OpRun& run) const noexcept override {
    if (run.share.phase == 0) copy_.run(run);
    if (run.share.parts > 1 && (run.share.phase == 0 || !run.share.is_first())) return;
    const Rows rows = rows_of(run, per_pixel_);
    const bool row_for_each = row_per_pixel_ == per_pixel_;
    const int pixels = row_for_each ? 1 : rows.per_position;
    add_(run.tensor(out_), rows.count / pixels, pixels, channels_, run.tensor(row_));
  }

 private:
  CpuNormAct copy_;
  TensorId row_, out_;
  int channels_;
  bool per_pixel_, row_per_pixel_;
  kernels::AddRowBiasFn add_;
};

class CpuPool final : public CpuOp {
 public:
  CpuPool(const PoolOp& op, int channels, Isa isa)
      : op_(op),
        channels_(channels),
        pool_(op.kind == PoolKind::kPolicy ? kernels::pick_gpool(isa) : kernels::pick_vpool(isa)) {}
  void run(const OpRun& run) const noexcept override {
    if (!run.share.is_first()) return;  // reads each pixel once: too short to share
    pool_(run.tensor(op_.in), run.n, run.pixels(), channels_, run.mask, run.area,
          run.tensor(op_.out));
  }

 private:
  PoolOp op_;
  int channels_;
  kernels::PoolFn pool_;
};

CpuOpPtr bind_norm(const NormActOp& op, bool masked, const Binding& to) {
  return std::make_unique<CpuNormAct>(op, masked, to.plan.tensor(op.in), to.kernels.isa);
}

}  // namespace

CpuOpPtr bind(const NormActOp& op, const Binding& to) { return bind_norm(op, true, to); }

CpuOpPtr bind(const AddBiasOp& op, const Binding& to) {
  return bind_norm({op.in, op.out, {}, op.bias, kernels::Act::kIdentity}, false, to);
}

CpuOpPtr bind(const AddRowBiasOp& op, const Binding& to) {
  return std::make_unique<CpuAdd>(op.in, op.row, op.out, false, to.plan, to.kernels.isa);
}

CpuOpPtr bind(const AddOp& op, const Binding& to) {
  return std::make_unique<CpuAdd>(op.branch, op.residual, op.out, op.mask_branch, to.plan,
                                  to.kernels.isa);
}

CpuOpPtr bind(const PoolOp& op, const Binding& to) {
  return std::make_unique<CpuPool>(op, to.plan.tensor(op.in).channels, to.kernels.isa);
}

}  // namespace hayago::nn
