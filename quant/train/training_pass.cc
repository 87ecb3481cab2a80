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

BoundPlan::BoundPlan(const nn::Plan& plan, const FakeQuantization* rounding)
    : plan_(plan),
      rounding_(rounding),
      rounded_(plan.ops.size()),
      ops_(plan.ops.size()),
      steps_(plan.ops.size()) {}

void BoundPlan::bind(bool way_back, int part, int parts) {
  const nn::CpuKernels kernels = best_kernels();
  for (std::size_t i = index(part); i < ops_.size(); i += index(parts)) {
    const nn::Op op =
        rounding_ != nullptr ? rounding_->rounded(plan_, i, rounded_[i]) : plan_.ops[i];
    ops_[i] = nn::make_cpu_op(op, plan_, kernels);
    if (way_back) steps_[i] = make_input_step(op, plan_);
  }
}

TrainingPass::TrainingPass(const nn::Plan& plan, const nn::NetInfo& net, const float* values,
                           int height, int width)
    : plan_(plan),
      net_(net),
      height_(height),
      width_(width),
      rounded_inputs_(plan.ops.size()),
      mask_(index(kGroup * height * width)),
      area_(index(kGroup)) {
  for (const nn::Tensor& tensor : plan.tensors) {
    const int rows = kGroup * (tensor.per_pixel ? height * width : 1);
    values_.emplace_back(index(rows) * index(kernels::padded(tensor.channels)));
    tensors_.push_back(values_.back().data());
  }
  for (const nn::Op& op : plan.ops) steps_.push_back(make_train_step(op, plan, values));
  for (const nn::Op& op : plan.ops) {
    const auto* sum = std::get_if<nn::AddOp>(&op);
    if (sum != nullptr && plan.tensor(sum->out).per_pixel) trunk_.push_back(sum->out);
  }
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

Losses TrainingPass::train(const BoundPlan& bound, const BoundPlan* reference,
                           std::span<const TrainingExample> examples, const LossWeights& weights,
                           double factor, std::span<float> gradient) {
  if (gradients_.empty()) {
    for (const nn::AlignedFloats& value : values_) gradients_.emplace_back(value.size());
  }
  Losses sum;
  for (std::size_t at = 0; at < examples.size(); at += index(kGroup)) {
    const auto group = examples.subspan(at, std::min(index(kGroup), examples.size() - at));
    if (reference != nullptr) forward_reference(*reference, group);
    load(group);
    forward(bound, static_cast<int>(group.size()));
    cleared_.assign(gradients_.size(), false);
    for (const nn::TensorId output : plan_.outputs()) clear_gradient(output);
    sum += losses(group, weights, factor, /*train=*/true);
    for (int slot = 0; reference != nullptr && slot < static_cast<int>(group.size()); ++slot) {
      sum.trunk += trunk_loss(slot, factor * weights.trunk);
    }
    backward(bound, static_cast<int>(group.size()), gradient);
  }
  for (const auto& step : steps_) {
    if (step) step->finish(gradient);
  }
  return sum;
}

void TrainingPass::exchange_tensors() {
  std::swap(values_, reference_);
  for (std::size_t i = 0; i < values_.size(); ++i) tensors_[i] = values_[i].data();
}

void TrainingPass::forward_reference(const BoundPlan& reference,
                                     std::span<const TrainingExample> examples) {
  if (reference_.empty()) {
    for (const nn::AlignedFloats& value : values_) reference_.emplace_back(value.size());
  }
  exchange_tensors();
  load(examples);
  forward(reference, static_cast<int>(examples.size()));
  exchange_tensors();
}

double TrainingPass::trunk_loss(int slot, double factor) {
  const int points = height_ * width_;
  double loss = 0;
  for (const nn::TensorId tensor : trunk_) {
    clear_gradient(tensor);
    const std::size_t stride = index(kernels::padded(plan_.tensor(tensor).channels));
    const std::size_t first = index(slot * points) * stride;
    const float *here = values_[index(tensor)].data() + first,
                *there = reference_[index(tensor)].data() + first;
    const auto each = [&](const auto& work) {
      for (int p = 0; p < points; ++p) {
        if (masked_ && mask_.data()[slot * points + p] == 0) continue;
        for (std::size_t i = index(p) * stride; i < index(p + 1) * stride; ++i) work(i);
      }
    };
    double squares = 1e-20, errors = 0;
    each([&](std::size_t i) {
      squares += static_cast<double>(there[i]) * there[i];
      errors += (static_cast<double>(here[i]) - there[i]) * (here[i] - there[i]);
    });
    const double share = 1 / (squares * static_cast<double>(trunk_.size()));
    const auto slope = static_cast<float>(2 * factor * share);
    float* const gradient = gradients_[index(tensor)].data() + first;
    each([&](std::size_t i) { gradient[i] += slope * (here[i] - there[i]); });
    loss += errors * share;
  }
  return loss;
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

void TrainingPass::round_input(const FakeLayer& layer, std::size_t op, int n) {
  const std::size_t in = index(product_input(plan_.ops[op]));
  nn::AlignedFloats& rounded = rounded_inputs_[op];
  if (rounded.size() != values_[in].size()) rounded = nn::AlignedFloats(values_[in].size());
  layer.round_input(tensors_[in], index(n * height_ * width_), rounded.data());
}

void TrainingPass::exchange_input(const BoundPlan& bound, std::size_t op) {
  if (!is_rounded(bound, op)) return;
  const std::size_t in = index(product_input(plan_.ops[op]));
  std::swap(values_[in], rounded_inputs_[op]);
  tensors_[in] = values_[in].data();
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
    if (is_rounded(bound, i)) round_input(*bound.rounding()->layer(i), i, n);
    exchange_input(bound, i);
    bound.op(i).run(pass);
    exchange_input(bound, i);
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
    exchange_input(bound, i);
    if (steps_[i]) steps_[i]->run(run, gradient_scratch_, gradient);
    exchange_input(bound, i);
    if (bound.step(i) != nullptr) bound.step(i)->run(run);
  }
}

}  // namespace hayago::quant
