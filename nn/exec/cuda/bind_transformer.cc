// The primitives of transformer blocks, and the root-mean-square tips.
#include "nn/exec/cuda/bind.h"

namespace hayago::nn {
namespace {

class CudaRmsNorm final : public GpuOp {
 public:
  CudaRmsNorm(const RmsNormOp& op, const GpuBinding& to)
      : op_(op),
        channels_(to.channels(op.in)),
        type_(to.type_of(op.in)),
        gamma_(to.image.add_channels(op.gamma)),
        beta_(to.image.add_channels(op.beta)) {
    op_.gamma = op_.beta = {};  // the model may go away
  }

  std::string what() const override { return "root-mean-square norm"; }
  void launch(const GpuPass& pass) const override {
    kernels::GpuRmsNorm a;
    a.in = pass.tensor(op_.in);
    a.out = pass.tensor(op_.out);
    a.gamma = pass.channels(gamma_);
    a.beta = pass.channels(beta_);
    a.eps = op_.eps;
    a.act = op_.act;
    a.mask = pass.mask;
    a.area = pass.area;
    a.spatial = op_.spatial;
    a.n = pass.n;
    a.pixels = pass.pixels();
    a.c = channels_;
    check_launch(pass.runtime->kernels().rms_norm(type_, a, pass.stream), what() + " " + op_.name);
  }

 private:
  RmsNormOp op_;
  int channels_;
  kernels::GpuType type_;
  Constant gamma_, beta_;
};

class CudaRope final : public GpuOp {
 public:
  CudaRope(const RopeOp& op, const GpuBinding& to) : op_(op), type_(to.type_of(op.in)) {
    const RopeTable& table = to.plan.rope_tables[static_cast<std::size_t>(op.table)];
    kv_heads_ = table.kv_heads;
    dim_ = table.dim;
  }

  std::string what() const override { return "rotary embedding"; }
  void launch(const GpuPass& pass) const override {
    const GpuAngles& angles = pass.rope[op_.table];
    kernels::GpuRope a;
    a.in = pass.tensor(op_.in);
    a.out = pass.tensor(op_.out);
    a.cosines = angles.cosines;
    a.sines = angles.sines;
    a.n = pass.n;
    a.pixels = pass.pixels();
    a.heads = op_.heads;
    a.kv_heads = kv_heads_;
    a.dim = dim_;
    check_launch(pass.runtime->kernels().rope(type_, a, pass.stream), what());
  }

 private:
  RopeOp op_;
  kernels::GpuType type_;
  int kv_heads_ = 0, dim_ = 0;
};

class CudaAttention final : public GpuOp {
 public:
  CudaAttention(const AttentionOp& op, const GpuBinding& to) : op_(op), type_(to.type_of(op.q)) {}

  std::string what() const override { return "attention"; }
  void launch(const GpuPass& pass) const override {
    kernels::GpuAttention a;
    a.q = pass.tensor(op_.q);
    a.k = pass.tensor(op_.k);
    a.v = pass.tensor(op_.v);
    a.out = pass.tensor(op_.out);
    a.mask = pass.mask;
    a.n = pass.n;
    a.pixels = pass.pixels();
    a.heads = op_.heads;
    a.kv_heads = op_.kv_heads;
    a.q_dim = op_.q_dim;
    a.v_dim = op_.v_dim;
    kernels::GpuRuntime& runtime = *pass.runtime;
    check_launch(runtime.kernels().attention(type_, a, runtime.device(), pass.stream), what());
  }

 private:
  AttentionOp op_;
  kernels::GpuType type_;
};

class CudaSiluGate final : public GpuOp {
 public:
  CudaSiluGate(const SiluGateOp& op, const GpuBinding& to)
      : op_(op),
        per_pixel_(to.per_pixel(op.in)),
        channels_(to.channels(op.in)),
        type_(to.type_of(op.in)) {}

  std::string what() const override { return "gate"; }
  void launch(const GpuPass& pass) const override {
    kernels::GpuGate a;
    a.a = pass.tensor(op_.in);
    a.g = pass.tensor(op_.gate);
    a.out = pass.tensor(op_.out);
    a.rows = pass.n * (per_pixel_ ? pass.pixels() : 1);
    a.c = channels_;
    check_launch(pass.runtime->kernels().gate(type_, a, pass.stream), what());
  }

 private:
  SiluGateOp op_;
  bool per_pixel_;
  int channels_;
  kernels::GpuType type_;
};

}  // namespace

GpuOpPtr bind(const RmsNormOp& op, const GpuBinding& to) {
  return std::make_unique<CudaRmsNorm>(op, to);
}

GpuOpPtr bind(const RopeOp& op, const GpuBinding& to) { return std::make_unique<CudaRope>(op, to); }

GpuOpPtr bind(const AttentionOp& op, const GpuBinding& to) {
  return std::make_unique<CudaAttention>(op, to);
}

GpuOpPtr bind(const SiluGateOp& op, const GpuBinding& to) {
  return std::make_unique<CudaSiluGate>(op, to);
}

}  // namespace hayago::nn
