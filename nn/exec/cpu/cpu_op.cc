#include "nn/exec/cpu/cpu_op.h"

#include <fmt/format.h>

#include <cstring>

#include "kernels/attention/attention.h"
#include "kernels/conv/conv.h"
#include "kernels/gate/gate.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gpool/gpool.h"
#include "kernels/normact/normact.h"
#include "kernels/rmsnorm/rmsnorm.h"
#include "nn/model/load.h"

namespace hayago::nn {
namespace {

using kernels::Isa;

// Rows and mask of a tensor: pixels, or positions (which have no mask).
struct Rows {
  int count, per_position;
  const float* mask;
};
Rows rows_of(const OpRun& run, bool per_pixel) {
  if (per_pixel) return {run.n * run.pixels(), run.pixels(), run.mask};
  return {run.n, 1, nullptr};
}

// An epilogue with its own copies of the constants.
class BoundEpilogue {
 public:
  BoundEpilogue(const FusedEpilogue& epilogue, bool per_pixel)
      : spec_(epilogue),
        per_pixel_(per_pixel),
        bias_(AlignedFloats::padded_copy(epilogue.bias)),
        scale_(AlignedFloats::padded_copy(epilogue.scale)),
        shift_(AlignedFloats::padded_copy(epilogue.shift)) {
    spec_.bias = spec_.scale = spec_.shift = {};  // the model may go away
  }

  kernels::Epilogue at(const OpRun& run) const noexcept {
    kernels::Epilogue e;
    e.bias = bias_.data();
    e.row_bias = run.tensor(spec_.row_bias);
    e.residual = run.tensor(spec_.residual);
    e.raw_out = run.tensor(spec_.raw_out);
    e.scale = scale_.data();
    e.shift = shift_.data();
    e.act = spec_.act;
    e.mask = rows_of(run, per_pixel_).mask;
    e.mask_acc = spec_.mask_acc;
    e.act_out = run.tensor(spec_.act_out);
    return e;
  }

 private:
  FusedEpilogue spec_;
  bool per_pixel_;
  AlignedFloats bias_, scale_, shift_;
};

class CpuConv final : public CpuOp {
 public:
  CpuConv(const ConvOp& op, Isa isa, const std::string& algorithm)
      : in_(op.in),
        conv_(kernels::make_conv(isa, op.shape, op.weights.data(),
                                 algorithm.empty() ? nullptr : algorithm.c_str())),
        epilogue_(op.epilogue, true) {}
  std::size_t scratch_bytes(int n, int h, int w) const override {
    return conv_->scratch_bytes(n, h, w);
  }
  void run(const OpRun& run) const noexcept override {
    conv_->run(run.tensor(in_), run.n, run.h, run.w, epilogue_.at(run), run.scratch);
  }

 private:
  TensorId in_;
  std::unique_ptr<kernels::Conv> conv_;
  BoundEpilogue epilogue_;
};

class CpuMatMul final : public CpuOp {
 public:
  CpuMatMul(const MatMulOp& op, bool per_pixel, Isa isa)
      : in_(op.in),
        per_pixel_(per_pixel),
        gemm_(kernels::make_gemm(isa, op.c_in, op.c_out, op.weights.data())),
        epilogue_(op.epilogue, per_pixel) {}
  void run(const OpRun& run) const noexcept override {
    const Rows rows = rows_of(run, per_pixel_);
    gemm_->run(run.tensor(in_), rows.count, rows.per_position, epilogue_.at(run));
  }

 private:
  TensorId in_;
  bool per_pixel_;
  std::unique_ptr<kernels::Gemm> gemm_;
  BoundEpilogue epilogue_;
};

// Norm + activation that found no producer to join; also biases and masks of unfused plans.
class CpuNormAct final : public CpuOp {
 public:
  CpuNormAct(TensorId in, TensorId out, Weights scale, Weights shift, kernels::Act act, bool masked,
             const Tensor& tensor, Isa isa)
      : in_(in),
        out_(out),
        channels_(tensor.channels),
        per_pixel_(tensor.per_pixel),
        masked_(masked),
        act_(act),
        scale_(AlignedFloats::padded_copy(scale)),
        shift_(AlignedFloats::padded_copy(shift)),
        normact_(kernels::pick_normact(isa)) {}
  void run(const OpRun& run) const noexcept override {
    const Rows rows = rows_of(run, per_pixel_);
    normact_(run.tensor(in_), rows.count, channels_, scale_.data(), shift_.data(), act_,
             masked_ ? rows.mask : nullptr, run.tensor(out_));
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
      : copy_(in, out, {}, {}, kernels::Act::kIdentity, mask_in, plan.tensor(in), isa),
        row_(row),
        out_(out),
        channels_(plan.tensor(in).channels),
        per_pixel_(plan.tensor(in).per_pixel),
        row_per_pixel_(plan.tensor(row).per_pixel),
        add_(kernels::pick_add_row_bias(isa)) {}
  void run(const OpRun& run) const noexcept override {
    copy_.run(run);
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
    pool_(run.tensor(op_.in), run.n, run.pixels(), channels_, run.mask, run.area,
          run.tensor(op_.out));
  }

 private:
  PoolOp op_;
  int channels_;
  kernels::PoolFn pool_;
};

class CpuRmsNorm final : public CpuOp {
 public:
  CpuRmsNorm(const RmsNormOp& op, int channels, Isa isa)
      : in_(op.in),
        out_(op.out),
        channels_(channels),
        eps_(op.eps),
        act_(op.act),
        gamma_(AlignedFloats::padded_copy(op.gamma)),
        beta_(AlignedFloats::padded_copy(op.beta)),
        norm_(op.spatial ? kernels::pick_rmsnorm_spatial(isa) : kernels::pick_rmsnorm(isa)) {}
  void run(const OpRun& run) const noexcept override {
    kernels::RmsNormArgs args;
    args.n = run.n;
    args.pixels = run.pixels();
    args.c = channels_;
    args.gamma = gamma_.data();
    args.beta = beta_.data();
    args.eps = eps_;
    args.act = act_;
    args.mask = run.mask;
    args.area = run.area;
    norm_(run.tensor(in_), args, run.tensor(out_));
  }

 private:
  TensorId in_, out_;
  int channels_;
  float eps_;
  kernels::Act act_;
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
    float* const out = run.tensor(op_.out);
    const float* const in = run.tensor(op_.in);
    const auto rows = static_cast<std::size_t>(run.n * run.pixels());
    const std::size_t floats = rows * static_cast<std::size_t>(kernels::padded(channels_));
    if (in != out) std::memcpy(out, in, floats * sizeof(float));
    const RopeAngles& angles = run.rope[op_.table];
    kernels::RopeArgs args;
    args.n = run.n;
    args.pixels = run.pixels();
    args.heads = op_.heads;
    args.kv_heads = kv_heads_;
    args.dim = dim_;
    args.cos_table = angles.cosines.data();
    args.sin_table = angles.sines.data();
    rope_(out, args);
  }

 private:
  RopeOp op_;
  int channels_, kv_heads_ = 0, dim_ = 0;
  kernels::RopeFn rope_;
};

class CpuAttention final : public CpuOp {
 public:
  CpuAttention(const AttentionOp& op, Isa isa)
      : op_(op), attention_(kernels::pick_attention(isa)) {}
  std::size_t scratch_bytes(int n, int h, int w) const override {
    return kernels::attention_scratch_bytes(args(n, h * w, nullptr));
  }
  void run(const OpRun& run) const noexcept override {
    attention_(run.tensor(op_.q), run.tensor(op_.k), run.tensor(op_.v),
               args(run.n, run.pixels(), run.mask), run.tensor(op_.out), run.scratch);
  }

 private:
  kernels::AttentionArgs args(int n, int pixels, const float* mask) const {
    return {n, pixels, op_.heads, op_.kv_heads, op_.q_dim, op_.v_dim, mask};
  }
  AttentionOp op_;
  kernels::AttentionFn attention_;
};

class CpuSiluGate final : public CpuOp {
 public:
  CpuSiluGate(const SiluGateOp& op, const Tensor& tensor, Isa isa)
      : op_(op),
        channels_(tensor.channels),
        per_pixel_(tensor.per_pixel),
        gate_(kernels::pick_silu_gate(isa)) {}
  void run(const OpRun& run) const noexcept override {
    gate_(run.tensor(op_.in), run.tensor(op_.gate), rows_of(run, per_pixel_).count, channels_,
          run.tensor(op_.out));
  }

 private:
  SiluGateOp op_;
  int channels_;
  bool per_pixel_;
  kernels::SiluGateFn gate_;
};

// One make() per primitive.
struct Maker {
  const Plan& plan;
  Isa isa;
  const std::string& conv_algorithm;

  using Result = std::unique_ptr<CpuOp>;
  Result norm_act(TensorId in, TensorId out, Weights scale, Weights shift, kernels::Act act,
                  bool masked) const {
    return std::make_unique<CpuNormAct>(in, out, scale, shift, act, masked, plan.tensor(in), isa);
  }

  Result operator()(const ConvOp& op) const {
    try {
      return std::make_unique<CpuConv>(op, isa, conv_algorithm);
    } catch (const std::invalid_argument& error) {
      throw ModelError(fmt::format("convolution {} ({}x{}, {} to {} channels): {}", op.name,
                                   op.shape.ky, op.shape.kx, op.shape.c_in, op.shape.c_out,
                                   error.what()));
    }
  }
  Result operator()(const MatMulOp& op) const {
    return std::make_unique<CpuMatMul>(op, plan.tensor(op.in).per_pixel, isa);
  }
  Result operator()(const AddBiasOp& op) const {
    return norm_act(op.in, op.out, {}, op.bias, kernels::Act::kIdentity, false);
  }
  Result operator()(const AddRowBiasOp& op) const {
    return std::make_unique<CpuAdd>(op.in, op.row, op.out, false, plan, isa);
  }
  Result operator()(const AddOp& op) const {
    return std::make_unique<CpuAdd>(op.branch, op.residual, op.out, op.mask_branch, plan, isa);
  }
  Result operator()(const NormActOp& op) const {
    return norm_act(op.in, op.out, op.scale, op.shift, op.act, true);
  }
  Result operator()(const PoolOp& op) const {
    return std::make_unique<CpuPool>(op, plan.tensor(op.in).channels, isa);
  }
  Result operator()(const RmsNormOp& op) const {
    return std::make_unique<CpuRmsNorm>(op, plan.tensor(op.in).channels, isa);
  }
  Result operator()(const RopeOp& op) const { return std::make_unique<CpuRope>(op, plan, isa); }
  Result operator()(const AttentionOp& op) const { return std::make_unique<CpuAttention>(op, isa); }
  Result operator()(const SiluGateOp& op) const {
    return std::make_unique<CpuSiluGate>(op, plan.tensor(op.in), isa);
  }
};

}  // namespace

std::unique_ptr<CpuOp> make_cpu_op(const Op& op, const Plan& plan, Isa isa,
                                   const std::string& conv_algorithm) {
  return std::visit(Maker{plan, isa, conv_algorithm}, op);
}

}  // namespace hayago::nn
