// Norms, additions and pooling. In fused plans only pooling is common.
#include "nn/exec/cuda/bind.h"

namespace hayago::nn {
namespace {

// What the element-wise primitives have in common; the rest of the kernel's steps stay out.
struct NormActSpec {
  const char* operation;
  TensorId in, out;
  TensorId row = kNoTensor, residual = kNoTensor;
  Constant scale = {}, shift = {};
  kernels::Act act = kernels::Act::kIdentity;
  bool mask_in = false, mask_out = false;
};

class CudaNormAct final : public GpuOp {
 public:
  CudaNormAct(const NormActSpec& spec, const GpuBinding& to)
      : spec_(spec),
        per_pixel_(to.per_pixel(spec.in)),
        channels_(to.channels(spec.in)),
        type_(to.type_of(spec.in)) {}

  std::string what() const override { return spec_.operation; }
  void launch(const GpuPass& pass) const override {
    kernels::GpuNormAct a;
    a.in = pass.tensor(spec_.in);
    a.row = pass.row_tensor(spec_.row);
    a.residual = pass.tensor(spec_.residual);
    a.scale = pass.channels(spec_.scale);
    a.shift = pass.channels(spec_.shift);
    a.act = spec_.act;
    a.mask = per_pixel_ ? pass.mask : nullptr;
    a.mask_in = spec_.mask_in && a.mask != nullptr;
    a.mask_out = spec_.mask_out && a.mask != nullptr;
    a.out = pass.tensor(spec_.out);
    a.n = pass.n;
    a.pixels = per_pixel_ ? pass.pixels() : 1;
    a.c = channels_;
    check_launch(pass.runtime->kernels().norm_act(type_, a, pass.stream), what());
  }

 private:
  NormActSpec spec_;
  bool per_pixel_;
  int channels_;
  kernels::GpuType type_;
};

class CudaPool final : public GpuOp {
 public:
  CudaPool(const PoolOp& op, const GpuBinding& to)
      : op_(op), channels_(to.channels(op.in)), type_(to.type_of(op.in)) {}

  std::string what() const override { return "pooling"; }
  void launch(const GpuPass& pass) const override {
    kernels::GpuPool p;
    p.in = pass.tensor(op_.in);
    p.mask = pass.mask;
    p.area = pass.area;
    p.out = pass.row_tensor(op_.out);
    p.value_head = op_.kind == PoolKind::kValue;
    p.n = pass.n;
    p.pixels = pass.pixels();
    p.c = channels_;
    check_launch(pass.runtime->kernels().pool(type_, p, pass.stream), what());
  }

 private:
  PoolOp op_;
  int channels_;
  kernels::GpuType type_;
};

GpuOpPtr bind_spec(const NormActSpec& spec, const GpuBinding& to) {
  return std::make_unique<CudaNormAct>(spec, to);
}

}  // namespace

GpuOpPtr bind(const NormActOp& op, const GpuBinding& to) {
  NormActSpec spec{"norm and activation", op.in, op.out};
  spec.scale = to.image.add_channels(op.scale);
  spec.shift = to.image.add_channels(op.shift);
  spec.act = op.act;
  spec.mask_out = true;
  return bind_spec(spec, to);
}

GpuOpPtr bind(const AddBiasOp& op, const GpuBinding& to) {
  NormActSpec spec{"bias", op.in, op.out};
  spec.shift = to.image.add_channels(op.bias);
  return bind_spec(spec, to);
}

GpuOpPtr bind(const AddRowBiasOp& op, const GpuBinding& to) {
  NormActSpec spec{"row bias", op.in, op.out};
  spec.row = op.row;
  return bind_spec(spec, to);
}

GpuOpPtr bind(const AddOp& op, const GpuBinding& to) {
  NormActSpec spec{"addition", op.branch, op.out};
  spec.residual = op.residual;
  spec.mask_in = op.mask_branch;
  return bind_spec(spec, to);
}

GpuOpPtr bind(const PoolOp& op, const GpuBinding& to) { return std::make_unique<CudaPool>(op, to); }

}  // namespace hayago::nn
