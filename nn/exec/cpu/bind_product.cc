// Convolutions and matrix products with their epilogues.
#include <fmt/format.h>

#include <stdexcept>

#include "kernels/conv/conv.h"
#include "kernels/gemm/gemm.h"
#include "nn/exec/cpu/bind.h"
#include "nn/model/load.h"

namespace hayago::nn {
namespace {

using kernels::Isa;

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

}  // namespace

CpuOpPtr bind(const ConvOp& op, const Binding& to) {
  try {
    return std::make_unique<CpuConv>(op, to.isa, to.conv_algorithm);
  } catch (const std::invalid_argument& error) {
    throw ModelError(fmt::format("convolution {} ({}x{}, {} to {} channels): {}", op.name,
                                 op.shape.ky, op.shape.kx, op.shape.c_in, op.shape.c_out,
                                 error.what()));
  }
}

CpuOpPtr bind(const MatMulOp& op, const Binding& to) {
  return std::make_unique<CpuMatMul>(op, to.plan.tensor(op.in).per_pixel, to.isa);
}

}  // namespace hayago::nn
