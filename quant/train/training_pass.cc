#include "quant/train/training_pass.h"

#include <algorithm>

#include "nn/exec/cpu/load_input.h"

namespace hayago::quant {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

nn::CpuKernels best_kernels() {
  nn::CpuKernels kernels;
  kernels.isa = kernels::best_isa();
  return kernels;
}

}  // namespace

BoundPlan::BoundPlan(const nn::Plan& plan)
    : plan_(plan), ops_(plan.ops.size()), steps_(plan.ops.size()) {}

void BoundPlan::bind(bool way_back, int part, int parts) {
  const nn::CpuKernels kernels = best_kernels();
  for (std::size_t i = index(part); i < ops_.size(); i += index(parts)) {
    ops_[i] = nn::make_cpu_op(plan_.ops[i], plan_, kernels);
    if (way_back) steps_[i] = make_input_step(plan_.ops[i], plan_);
  }
}

TrainingPass::TrainingPass(const nn::Plan& plan, const nn::NetInfo& net, const float* values,
                           int height, int width)
    : plan_(plan),
      net_(net),
      height_(height),
      width_(width),
      mask_(index(kGroup * height * width)),
      area_(index(kGroup)) {
  for (const nn::Tensor& tensor : plan.tensors) {
    const int rows = kGroup * (tensor.per_pixel ? height * width : 1);
    values_.emplace_back(index(rows) * index(kernels::padded(tensor.channels)));
    tensors_.push_back(values_.back().data());
  }
  for (const nn::Op& op : plan.ops) steps_.push_back(make_train_step(op, plan, values));
}

TrainingPass::~TrainingPass() = default;

Losses TrainingPass::evaluate(const BoundPlan& bound, std::span<const TrainingExample> examples,
                              const LossWeights& weights) {
  Losses sum;
  for (std::size_t at = 0; at < examples.size(); at += index(kGroup)) {
    const auto group = examples.subspan(at, std::min(index(kGroup), examples.size() - at));
    load(group);
    forward(bound, static_cast<int>(group.size()));
    sum += losses(group, weights, 0, /*train=*/false);
  }
  return sum;
}

Losses TrainingPass::train(const BoundPlan& bound, std::span<const TrainingExample> examples,
                           const LossWeights& weights, double factor, std::span<float> gradient) {
  if (gradients_.empty()) {
    for (const nn::AlignedFloats& value : values_) gradients_.emplace_back(value.size());
  }
  Losses sum;
  for (std::size_t at = 0; at < examples.size(); at += index(kGroup)) {
    const auto group = examples.subspan(at, std::min(index(kGroup), examples.size() - at));
    load(group);
    forward(bound, static_cast<int>(group.size()));
    cleared_.assign(gradients_.size(), false);
    for (const nn::TensorId output : plan_.outputs()) clear_gradient(output);
    sum += losses(group, weights, factor, /*train=*/true);
    backward(bound, static_cast<int>(group.size()), gradient);
  }
  for (const auto& step : steps_) {
    if (step) step->finish(gradient);
  }
  return sum;
}

void TrainingPass::load(std::span<const TrainingExample> examples) {
  const int pixels = height_ * width_;
  masked_ = false;
  for (int slot = 0; slot < static_cast<int>(examples.size()); ++slot) {
    float& area = area_[index(slot)];
    area = nn::load_input(plan_, examples[index(slot)].input, slot, pixels, tensors_.data(),
                          mask_.data() + index(slot * pixels));
    if (area != static_cast<float>(pixels)) masked_ = true;
  }
}

void TrainingPass::forward(const BoundPlan& bound, int n) {
  nn::OpRun pass;
  pass.n = n;
  pass.h = height_;
  pass.w = width_;
  pass.tensors = tensors_.data();
  pass.mask = masked_ ? mask_.data() : nullptr;
  pass.area = area_.data();
  for (std::size_t i = 0; i < plan_.ops.size(); ++i) {
    const std::size_t floats = bound.op(i).scratch_bytes(n, height_, width_, 1) / sizeof(float) + 1;
    if (scratch_.size() < floats) scratch_ = nn::AlignedFloats(floats);
    pass.scratch = scratch_.data();
    bound.op(i).run(pass);
  }
}

template <class T>
OutputRow<T> TrainingPass::outputs(std::vector<nn::AlignedFloats>& tensors, int slot) const {
  const auto at = [&](nn::TensorId id) -> T* {
    const int rows = plan_.tensor(id).per_pixel ? height_ * width_ : 1;
    return tensors[index(id)].data() +
           index(slot * rows) * index(kernels::padded(plan_.tensor(id).channels));
  };
  const auto stride = [&](nn::TensorId id) {
    return index(kernels::padded(plan_.tensor(id).channels));
  };
  return {at(plan_.policy),    at(plan_.pass),       at(plan_.value),        at(plan_.score),
          at(plan_.ownership), stride(plan_.policy), stride(plan_.ownership)};
}

Losses TrainingPass::losses(std::span<const TrainingExample> examples, const LossWeights& weights,
                            double factor, bool train) {
  const std::size_t points = index(height_ * width_);
  Losses sum;
  for (int slot = 0; slot < static_cast<int>(examples.size()); ++slot) {
    const auto out = outputs<const float>(values_, slot);
    const auto gradient = train ? outputs<float>(gradients_, slot) : OutputRow<float>{};
    const std::span<const float> mask{mask_.data() + index(slot) * points, masked_ ? points : 0};
    sum += position_loss(net_, *examples[index(slot)].targets, out, mask, weights, factor,
                         train ? &gradient : nullptr);
  }
  return sum;
}

void TrainingPass::clear_gradient(nn::TensorId tensor) {
  if (cleared_[index(tensor)]) return;
  cleared_[index(tensor)] = true;
  nn::AlignedFloats& gradient = gradients_[index(tensor)];
  std::fill_n(gradient.data(), gradient.size(), 0.0f);
}

void TrainingPass::backward(const BoundPlan& bound, int n, std::span<float> gradient) {
  const BackwardRun run{
      n,       height_,    width_,  masked_ ? mask_.data() : nullptr, area_.data(), nullptr, plan_,
      values_, gradients_, scratch_};
  for (std::size_t i = plan_.ops.size(); i-- > 0;) {
    for (const nn::TensorId read : nn::reads(plan_.ops[i])) clear_gradient(read);
    if (steps_[i]) steps_[i]->run(run, gradient_scratch_, gradient);
    if (bound.step(i) != nullptr) bound.step(i)->run(run);
  }
}

}  // namespace hayago::quant
