// Convolutions and matrix products with their epilogues.
#include <fmt/format.h>

#include <algorithm>

#include "nn/exec/cuda/bind.h"

namespace hayago::nn {
namespace {

bool somebody_reads(const Plan& plan, TensorId id) {
  return std::any_of(plan.ops.begin(), plan.ops.end(), [&](const Op& op) {
    const auto ids = reads(op);
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  });
}

class BoundEpilogue {
 public:
  BoundEpilogue(const FusedEpilogue& epilogue, bool per_pixel, const GpuBinding& to)
      : spec_(epilogue),
        per_pixel_(per_pixel),
        // An output of the network that nobody else reads only exists as its compact copy.
        keeps_raw_(somebody_reads(to.plan, epilogue.raw_out)),
        bias_(to.image.add_channels(epilogue.bias)),
        scale_(to.image.add_channels(epilogue.scale)),
        shift_(to.image.add_channels(epilogue.shift)) {
    spec_.bias = spec_.scale = spec_.shift = {};  // the model may go away
  }

  kernels::GpuEpilogue at(const GpuPass& pass) const {
    kernels::GpuEpilogue e;
    e.bias = pass.channels(bias_);
    e.row_bias = pass.row_tensor(spec_.row_bias);
    e.residual = pass.tensor(spec_.residual);
    e.raw_out = keeps_raw_ ? pass.tensor(spec_.raw_out) : nullptr;
    e.f32_out = pass.output(spec_.raw_out);
    e.scale = pass.channels(scale_);
    e.shift = pass.channels(shift_);
    e.act = spec_.act;
    e.mask = per_pixel_ ? pass.mask : nullptr;
    e.mask_acc = spec_.mask_acc && e.mask != nullptr;
    e.act_out = pass.tensor(spec_.act_out);
    return e;
  }

  std::string text() const {
    return fmt::format("{}{}{}", spec_.residual != kNoTensor ? " +residual" : "",
                       keeps_raw_ && spec_.raw_out != kNoTensor ? " raw" : "",
                       spec_.act_out != kNoTensor ? " act" : "");
  }

 private:
  FusedEpilogue spec_;
  bool per_pixel_, keeps_raw_;
  Constant bias_, scale_, shift_;
};

struct ProductShape {
  int ky, kx, c_in, c_out;
};

class CudaProduct final : public GpuOp {
 public:
  CudaProduct(const std::string& name, const ProductShape& shape, Weights weights, TensorId in,
              const FusedEpilogue& epilogue, const GpuBinding& to)
      : name_(name),
        shape_(shape),
        in_(in),
        per_pixel_(to.per_pixel(in)),
        type_(to.type_of(in)),
        weights_(to.image.reserve(
            kernels::packed_product_bytes(type_, shape.ky, shape.kx, shape.c_in, shape.c_out))),
        epilogue_(epilogue, per_pixel_, to) {
    kernels::pack_product(type_, shape.ky, shape.kx, shape.c_in, shape.c_out, weights.data(),
                          to.image.at(weights_));
  }

  std::string what() const override {
    return fmt::format("product {}x{} {} to {}{}", shape_.ky, shape_.kx, shape_.c_in, shape_.c_out,
                       per_pixel_ ? epilogue_.text() : " per position");
  }
  void launch(const GpuPass& pass) const override {
    kernels::GpuProduct p;
    p.in = pass.tensor(in_);
    p.weights = pass.constant(weights_);
    p.n = pass.n;
    p.h = per_pixel_ ? pass.h : 1;
    p.w = per_pixel_ ? pass.w : 1;
    p.ky = shape_.ky;
    p.kx = shape_.kx;
    p.c_in = shape_.c_in;
    p.c_out = shape_.c_out;
    p.epilogue = epilogue_.at(pass);
    kernels::GpuRuntime& runtime = *pass.runtime;
    check_launch(runtime.kernels().product(type_, p, runtime.device(), pass.stream),
                 what() + " " + name_);
  }

 private:
  std::string name_;
  ProductShape shape_;
  TensorId in_;
  bool per_pixel_;
  kernels::GpuType type_;
  Constant weights_;
  BoundEpilogue epilogue_;
};

}  // namespace

GpuOpPtr bind(const ConvOp& op, const GpuBinding& to) {
  const ProductShape shape{op.shape.ky, op.shape.kx, op.shape.c_in, op.shape.c_out};
  return std::make_unique<CudaProduct>(op.name, shape, op.weights, op.in, op.epilogue, to);
}

GpuOpPtr bind(const MatMulOp& op, const GpuBinding& to) {
  const ProductShape shape{1, 1, op.c_in, op.c_out};
  return std::make_unique<CudaProduct>(op.name, shape, op.weights, op.in, op.epilogue, to);
}

}  // namespace hayago::nn
