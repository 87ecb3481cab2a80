// Convolutions and matrix products with their epilogues.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/gemm/gemm.h"
#include "kernels/narrow/narrow.h"
#include "nn/exec/cpu/bind.h"
#include "nn/exec/cpu/layer_key.h"
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
  CpuConv(const ConvOp& op, const CpuKernels& with, const CpuChoice& choice)
      : in_(op.in), epilogue_(op.epilogue, true) {
    const auto& name = with.conv_algorithm.empty() ? choice.kernel : with.conv_algorithm;
    const bool known = !name.empty() && kernels::conv_supports(with.isa, op.shape, name);
    conv_ = kernels::make_conv(with.isa, op.shape, op.weights.data(),
                               known ? name.c_str() : nullptr, choice.blocking);
  }
  std::size_t scratch_bytes(int n, int h, int w, int parts) const override {
    return conv_->scratch_bytes(n, h, w, parts);
  }
  int phases(int n, int h, int w, int parts) const override {
    return conv_->phases(n, h, w, parts);
  }
  void run(const OpRun& run) const noexcept override {
    conv_->run(run.tensor(in_), run.n, run.h, run.w, epilogue_.at(run), run.scratch, run.share);
  }
  std::string_view conv_algorithm() const override { return conv_->algorithm(); }

 private:
  TensorId in_;
  std::unique_ptr<kernels::Conv> conv_;
  BoundEpilogue epilogue_;
};

class CpuMatMul final : public CpuOp {
 public:
  CpuMatMul(const MatMulOp& op, bool per_pixel, Isa isa, const kernels::Blocking& blocking)
      : in_(op.in),
        per_pixel_(per_pixel),
        gemm_(kernels::make_gemm(isa, op.c_in, op.c_out, op.weights.data(), blocking)),
        epilogue_(op.epilogue, per_pixel) {}
  void run(const OpRun& run) const noexcept override {
    const Rows rows = rows_of(run, per_pixel_);
    gemm_->run(run.tensor(in_), rows.count, rows.per_position, epilogue_.at(run), run.share);
  }

 private:
  TensorId in_;
  bool per_pixel_;
  std::unique_ptr<kernels::Gemm> gemm_;
  BoundEpilogue epilogue_;
};

// The format of a narrow tensor as kernels want it.
class BoundFormat {
 public:
  explicit BoundFormat(const NarrowFormat& format)
      : type_(format.type), scale_(format.scale), zero_(format.zero) {
    std::vector<float> inverse;
    for (const float scale : format.channel_scales) inverse.push_back(1.0f / (scale * scale_));
    inverse_ = AlignedFloats::padded_copy(inverse);
    if (format.fine.empty()) return;
    fine_ = format.fine;
    std::vector<float> addend(inverse.size(), static_cast<float>(zero_));
    for (const std::int16_t c : fine_) addend[static_cast<std::size_t>(c)] -= 0.5f;
    addend_ = AlignedFloats::padded_copy(addend);
  }
  kernels::NarrowType type() const { return type_; }
  int fine_channels() const { return static_cast<int>(fine_.size()); }
  kernels::QuantizedAs as() const {
    return {scale_, zero_, inverse_.data(), fine_.data(), fine_channels(), addend_.data()};
  }

 private:
  kernels::NarrowType type_;
  float scale_;
  int zero_;
  AlignedFloats inverse_, addend_;
  std::vector<std::int16_t> fine_;
};

// A convolution or product of pixels whose input is narrow.
class CpuNarrowProduct final : public CpuOp {
 public:
  CpuNarrowProduct(TensorId in, std::unique_ptr<kernels::NarrowConv> conv,
                   const FusedEpilogue& epilogue, const Plan& plan)
      : in_(in), out_(epilogue.narrow_out), conv_(std::move(conv)), epilogue_(epilogue, true) {
    if (out_ != kNoTensor) out_format_.emplace(*plan.tensor(out_).narrow);
  }
  void run(const OpRun& run) const noexcept override {
    kernels::NarrowOut out;
    if (out_format_) out = {run.tensor(out_), out_format_->type(), out_format_->as()};
    conv_->run(run.tensor(in_), run.n, run.h, run.w, epilogue_.at(run), out, run.share,
               run.scratch);
  }
  std::size_t scratch_bytes(int, int, int, int parts) const override {
    return conv_->scratch_bytes(parts);
  }
  std::string_view conv_algorithm() const override { return conv_->algorithm(); }

 private:
  TensorId in_, out_;
  std::unique_ptr<kernels::NarrowConv> conv_;
  std::optional<BoundFormat> out_format_;
  BoundEpilogue epilogue_;
};

class CpuNarrow final : public CpuOp {
 public:
  CpuNarrow(const NarrowOp& op, const Binding& to)
      : op_(op),
        format_(*to.plan.tensor(op.out).narrow),
        channels_(to.plan.tensor(op.in).channels + format_.fine_channels()),
        to_narrow_(kernels::pick_to_narrow(to.kernels.isa)) {}
  void run(const OpRun& run) const noexcept override {
    if (!run.share.is_first()) return;  // rare and short
    to_narrow_(run.tensor(op_.in), run.n, {format_.type(), channels_, run.h, run.w}, format_.as(),
               run.tensor(op_.out));
  }

 private:
  NarrowOp op_;
  BoundFormat format_;
  int channels_;
  kernels::ToNarrowFn to_narrow_;
};

// The chosen instruction set of a narrow kernel, or the executor's.
Isa narrow_isa(const CpuKernels& with, kernels::NarrowType type, const CpuChoice& choice) {
  const auto chosen = kernels::parse_isa(choice.kernel);
  if (!chosen) return with.isa;
  const auto usable = kernels::narrow_isas(with.isa, type);
  return std::find(usable.begin(), usable.end(), *chosen) != usable.end() ? *chosen : with.isa;
}

// The chosen Winograd form, where the layer has its scales; null otherwise.
const WinogradScales* chosen_form(const auto& op, const CpuKernels& with, const CpuChoice& choice) {
  if constexpr (requires { op.winograd; }) {
    const auto& name = with.int8_algorithm.empty() ? choice.kernel : with.int8_algorithm;
    for (const WinogradScales& form : op.winograd) {
      if (name == winograd_name(form)) return &form;
    }
  }
  return nullptr;
}

// `op` is a ConvOp or MatMulOp; null if its input is float.
CpuOpPtr bind_narrow(const auto& op, const kernels::ConvShape& size, const Binding& to) {
  const auto& format = to.plan.tensor(op.in).narrow;
  if (!format) return nullptr;
  const int fine = static_cast<int>(format->fine.size());
  const kernels::NarrowShape shape{format->type, size.ky, size.c_in + fine, size.c_out};
  const CpuChoice choice = to.kernels.choices.of(layer_key(to.plan, op));
  const Isa isa = narrow_isa(to.kernels, format->type, choice);
  std::unique_ptr<kernels::NarrowConv> conv;
  if (format->type == kernels::NarrowType::kU8) {
    const QuantizedWeights& q = *op.quantized;
    const auto weights = kernels::fine_weights(q.weights, size.c_in, size.c_out, format->fine);
    const kernels::ByteWeights bytes = {weights, q.scales, q.offsets};
    const kernels::QuantizedAs in = {format->scale, format->zero};
    const WinogradScales* form = chosen_form(op, to.kernels, choice);
    conv = form == nullptr
               ? kernels::make_narrow_conv_u8(isa, shape, bytes, in)
               : kernels::make_narrow_winograd(isa, shape, bytes, in,
                                               {form->outputs, form->factors, form->zeros});
  } else {
    conv = kernels::make_narrow_conv_float(isa, shape, op.weights);
  }
  return std::make_unique<CpuNarrowProduct>(op.in, std::move(conv), op.epilogue, to.plan);
}

}  // namespace

CpuOpPtr bind(const ConvOp& op, const Binding& to) {
  if (auto product = bind_narrow(op, op.shape, to)) return product;
  try {
    return std::make_unique<CpuConv>(op, to.kernels, to.kernels.choices.of(layer_key(to.plan, op)));
  } catch (const std::invalid_argument& error) {
    throw ModelError(fmt::format("convolution {} ({}x{}, {} to {} channels): {}", op.name,
                                 op.shape.ky, op.shape.kx, op.shape.c_in, op.shape.c_out,
                                 error.what()));
  }
}

CpuOpPtr bind(const NarrowOp& op, const Binding& to) { return std::make_unique<CpuNarrow>(op, to); }

CpuOpPtr bind(const MatMulOp& op, const Binding& to) {
  if (auto product = bind_narrow(op, {1, 1, op.c_in, op.c_out}, to)) return product;
  const CpuChoice choice = to.kernels.choices.of(layer_key(to.plan, op));
  return std::make_unique<CpuMatMul>(op, to.plan.tensor(op.in).per_pixel, to.kernels.isa,
                                     choice.blocking);
}

}  // namespace hayago::nn
