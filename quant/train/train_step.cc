#include "quant/train/train_step.h"

#include <algorithm>

namespace hayago::quant {
namespace {

// Where an operation's numbers are among the parameters.
struct Place {
  std::size_t offset = 0, size = 0;
  Place(nn::Weights weights, const float* values)
      : offset(weights.empty() ? 0 : static_cast<std::size_t>(weights.data() - values)),
        size(weights.size()) {}
  std::span<float> in(std::span<float> gradient) const { return gradient.subspan(offset, size); }
};

// Convolutions and products of pixels.
class PixelProductStep final : public TrainStep {
 public:
  PixelProductStep(const kernels::ConvShape& shape, nn::TensorId in, nn::TensorId out, Place place)
      : in_(in), out_(out), place_(place), sums_(shape) {}
  void run(const BackwardRun& run, GradientScratch& scratch, std::span<float>) override {
    sums_.add(run.value(in_), run.gradient(out_), run.n, run.h, run.w, scratch);
  }
  void finish(std::span<float> gradient) override { sums_.move_to(place_.in(gradient)); }

 private:
  nn::TensorId in_, out_;
  Place place_;
  ConvWeightGradient sums_;
};

class PositionProductStep final : public TrainStep {
 public:
  PositionProductStep(const nn::MatMulOp& op, Place place) : op_(op), place_(place) {}
  void run(const BackwardRun& run, GradientScratch&, std::span<float> gradient) override {
    add_product_gradient(run.value(op_.in), run.gradient(op_.epilogue.raw_out), run.n, op_.c_in,
                         op_.c_out, place_.in(gradient));
  }

 private:
  nn::MatMulOp op_;
  Place place_;
};

class BiasStep final : public TrainStep {
 public:
  BiasStep(nn::TensorId out, Place place) : out_(out), place_(place) {}
  void run(const BackwardRun& run, GradientScratch&, std::span<float> gradient) override {
    add_column_sums(run.gradient(out_), run.rows(out_), run.channels(out_), place_.in(gradient));
  }

 private:
  nn::TensorId out_;
  Place place_;
};

class NormStep final : public TrainStep {
 public:
  NormStep(const nn::NormActOp& op, int channels, const float* values)
      : op_(op),
        scale_place_(op.scale, values),
        shift_place_(op.shift, values),
        scale_(static_cast<std::size_t>(kernels::padded(channels))),
        shift_(scale_.size()) {}
  void run(const BackwardRun& run, GradientScratch&, std::span<float>) override {
    norm_act_back(op_, run, {scale_.data(), shift_.data()});
  }
  void finish(std::span<float> gradient) override {
    move(scale_, scale_place_.in(gradient));
    move(shift_, shift_place_.in(gradient));
  }

 private:
  static void move(std::vector<float>& sums, std::span<float> to) {
    for (std::size_t c = 0; c < to.size(); ++c) to[c] += sums[c];
    std::fill(sums.begin(), sums.end(), 0.0f);
  }

  nn::NormActOp op_;
  Place scale_place_, shift_place_;
  std::vector<float> scale_, shift_;
};

struct Make {
  using Result = std::unique_ptr<TrainStep>;
  const nn::Plan& plan;
  const float* values;

  Result operator()(const nn::ConvOp& op) const {
    return std::make_unique<PixelProductStep>(op.shape, op.in, op.epilogue.raw_out,
                                              Place(op.weights, values));
  }
  Result operator()(const nn::MatMulOp& op) const {
    const Place place(op.weights, values);
    if (!plan.tensor(op.in).per_pixel) return std::make_unique<PositionProductStep>(op, place);
    const kernels::ConvShape shape{1, 1, op.c_in, op.c_out};
    return std::make_unique<PixelProductStep>(shape, op.in, op.epilogue.raw_out, place);
  }
  Result operator()(const nn::AddBiasOp& op) const {
    return std::make_unique<BiasStep>(op.out, Place(op.bias, values));
  }
  Result operator()(const nn::NormActOp& op) const {
    return std::make_unique<NormStep>(op, plan.tensor(op.in).channels, values);
  }
  Result operator()(const auto&) const { return nullptr; }
};

}  // namespace

std::unique_ptr<TrainStep> make_train_step(const nn::Op& op, const nn::Plan& plan,
                                           const float* values) {
  return std::visit(Make{plan, values}, op);
}

std::unique_ptr<BackwardPass::Step> make_input_step(const nn::Op& op, const nn::Plan& plan) {
  if (std::holds_alternative<nn::NormActOp>(op)) return nullptr;
  const std::vector<nn::TensorId> inputs = plan.inputs();
  for (const nn::TensorId read : nn::reads(op)) {
    if (std::find(inputs.begin(), inputs.end(), read) == inputs.end()) {
      return make_step_back(op, plan);
    }
  }
  return nullptr;
}

}  // namespace hayago::quant
