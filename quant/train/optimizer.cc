#include "quant/train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace hayago::quant {

Optimizer::Optimizer(const OptimizerOptions& options, const TrainableModel& model)
    : options_(options), parameters_(model.parameters().begin(), model.parameters().end()) {
  state_.first.resize(model.size());
  if (options.kind == OptimizerKind::kAdamW) state_.second.resize(model.size());
}

void Optimizer::restore(State state) {
  if (state.first.size() != state_.first.size() || state.second.size() != state_.second.size()) {
    throw std::invalid_argument("the optimizer's moments are those of another network or method");
  }
  state_ = std::move(state);
}

void Optimizer::step(std::span<float> values, std::span<const float> gradient,
                     double learning_rate) {
  ++state_.steps;
  for (const Parameter& p : parameters_) {
    const double decay = p.decays() ? learning_rate * options_.weight_decay : 0;
    const auto keep = static_cast<float>(1 - decay);
    const auto part = [&](auto array) { return array.subspan(p.offset, p.size); };
    for (float& v : part(values)) v *= keep;
    const double rate = p.decays() ? learning_rate : learning_rate * options_.vector_rate;
    if (options_.kind == OptimizerKind::kAdamW) {
      adam(part(values), part(gradient), p.offset, rate);
    } else {
      descend(part(values), part(gradient), p.offset, rate);
    }
  }
}

void Optimizer::adam(std::span<float> values, std::span<const float> gradient, std::size_t offset,
                     double rate) {
  const auto steps = static_cast<double>(state_.steps);
  const auto b1 = static_cast<float>(options_.beta1), b2 = static_cast<float>(options_.beta2);
  const float a1 = 1 - b1, a2 = 1 - b2;
  // value -= rate * m' / (sqrt(v') + epsilon) with m' = m / (1 - beta1^t) and v' likewise.
  const double root = std::sqrt(1 - std::pow(options_.beta2, steps));
  const auto factor = static_cast<float>(rate * root / (1 - std::pow(options_.beta1, steps)));
  const auto epsilon = static_cast<float>(options_.epsilon * root);
  float *m = state_.first.data() + offset, *v = state_.second.data() + offset;
  for (std::size_t i = 0; i < values.size(); ++i) {
    m[i] = b1 * m[i] + a1 * gradient[i];
    v[i] = b2 * v[i] + a2 * gradient[i] * gradient[i];
    values[i] -= factor * m[i] / (std::sqrt(v[i]) + epsilon);
  }
}

void Optimizer::descend(std::span<float> values, std::span<const float> gradient,
                        std::size_t offset, double rate) {
  const auto momentum = static_cast<float>(options_.momentum), factor = static_cast<float>(rate);
  float* v = state_.first.data() + offset;
  for (std::size_t i = 0; i < values.size(); ++i) {
    v[i] = momentum * v[i] + gradient[i];
    values[i] -= factor * v[i];
  }
}

double Schedule::rate(std::int64_t step) const {
  if (step < warm_up) return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up);
  if (step >= steps) return last;
  const double done = static_cast<double>(step - warm_up) / static_cast<double>(steps - warm_up);
  return last + (peak - last) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

double norm_of(std::span<const float> gradient) {
  double squares = 0;
  for (const float g : gradient) squares += static_cast<double>(g) * g;
  return std::sqrt(squares);
}

double clip(std::span<float> gradient, double longest) {
  const double norm = norm_of(gradient);
  if (!std::isfinite(norm) || norm <= longest) return norm;
  const auto factor = static_cast<float>(longest / norm);
  for (float& g : gradient) g *= factor;
  return norm;
}

void average_into(std::span<float> average, std::span<const float> values, double decay,
                  std::int64_t step) {
  const auto t = static_cast<double>(step);
  const auto share = static_cast<float>(1 - std::min(decay, (1 + t) / (10 + t)));
  for (std::size_t i = 0; i < average.size(); ++i) average[i] += share * (values[i] - average[i]);
}

}  // namespace hayago::quant
