#include "quant/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cuda/half_bits.h"

namespace hayago::quant {
namespace {

constexpr double kDamping = 0.002;  // share of an input's own variance, then of the mean of all
constexpr double kOutputDamping = 0.01;
constexpr double kMost = 127;
constexpr int kSweeps = 6, kJointSweeps = 2;
// Scales as shares of the one that makes the largest weight 127.
constexpr double kScaleShares[] = {1.0, 0.94, 0.88, 0.82, 0.76, 0.7};

double dot(const float* a, const float* b, std::size_t n) {
  float lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::size_t k = 0; k < 16; ++k) lanes[k] += a[i + k] * b[i + k];
  }
  double sum = 0;
  for (; i < n; ++i) sum += static_cast<double>(a[i]) * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

// A half where halves hold it to their precision: it takes two bytes in a file.
float stored_scale(float scale) {
  const float half = kernels::half_to_float(kernels::float_to_half(scale));
  return half >= 0x1p-14f && half <= 65504.0f ? half : scale;
}

std::int8_t nearest(double value) {
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(value), -kMost, kMost));
}

// Upper triangular M with C = M' M; the matrix is overwritten, its lower triangle is not read.
void factorize(std::vector<double>& c, std::size_t size) {
  for (std::size_t k = 0; k < size; ++k) {
    double* const row = c.data() + k * size;
    const double root = std::sqrt(std::max(row[k], std::numeric_limits<double>::min()));
    for (std::size_t j = k; j < size; ++j) row[j] /= root;
    for (std::size_t i = k + 1; i < size; ++i) {
      const double factor = row[i];
      if (factor == 0) continue;
      double* const other = c.data() + i * size;
      for (std::size_t j = i; j < size; ++j) other[j] -= factor * row[j];
    }
  }
}

std::vector<double> damp(std::span<const double> matrix, std::size_t size, double damping) {
  std::vector<double> damped(matrix.begin(), matrix.end());
  double mean = 0;
  for (std::size_t i = 0; i < size; ++i) mean += damped[i * size + i] / static_cast<double>(size);
  if (!(mean > 0)) mean = 1;
  for (std::size_t i = 0; i < size; ++i) {
    double& own = damped[i * size + i];
    own = std::max(own, 0.0) * (1 + damping) + mean * damping * damping;
  }
  return damped;
}

void divide_by_diagonal(std::vector<double>& matrix, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const double own = matrix[i * size + i];
    for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] /= own;
  }
}

}  // namespace

CompensatedRounding::CompensatedRounding(std::span<const double> covariance, std::size_t size)
    : size_(size), factor_(size * size) {
  std::vector<double> damped = damp(covariance, size, kDamping);
  covariance_.assign(damped.begin(), damped.end());
  factorize(damped, size);
  for (std::size_t i = 0; i < size; ++i) {
    const double own = damped[i * size + i];
    squares_.push_back(own * own);
    for (std::size_t j = i; j < size; ++j) {
      factor_[i * size + j] = static_cast<float>(damped[i * size + j] / own);
    }
  }
}

// With C = M' M, e' C e is the sum over rows i of (M_ii * (e_i + what later errors carry over))^2:
// from the last row on, each q can only make its own term small.
CompensatedRounding::Attempt CompensatedRounding::in_turn(std::span<const double> weights,
                                                          std::span<const double> scales) const {
  Attempt attempt{std::vector<std::int8_t>(size_), 0};
  std::vector<float> errors(size_);
  for (std::size_t i = size_; i-- > 0;) {
    const double carried =
        dot(factor_.data() + i * size_ + i + 1, errors.data() + i + 1, size_ - i - 1);
    attempt.weights[i] = nearest((weights[i] - carried) / scales[i]);
    const double error = attempt.weights[i] * scales[i] - weights[i];
    errors[i] = static_cast<float>(error);
    attempt.variance += squares_[i] * (error + carried) * (error + carried);
  }
  return attempt;
}

// Coordinate descent: gradient = C e is kept up to date.
void CompensatedRounding::improve(std::span<const double> weights, std::span<const double> scales,
                                  Attempt& attempt) const {
  std::vector<std::int8_t>& q = attempt.weights;
  std::vector<float> gradient(size_);
  const auto add = [&](std::size_t i, double step) {
    const float* const row = covariance_.data() + i * size_;
    const auto factor = static_cast<float>(step);
    for (std::size_t j = 0; j < size_; ++j) gradient[j] += factor * row[j];
  };
  for (std::size_t i = 0; i < size_; ++i) add(i, q[i] * scales[i] - weights[i]);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool changed = false;
    for (std::size_t i = 0; i < size_; ++i) {
      const double own = static_cast<double>(covariance_[i * size_ + i]);
      const double step = static_cast<double>(gradient[i]) / (scales[i] * own);
      const std::int8_t better = nearest(q[i] - step);
      if (better == q[i]) continue;
      add(i, scales[i] * (better - q[i]));
      q[i] = better;
      changed = true;
    }
    if (!changed) break;
  }
  attempt.variance = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    attempt.variance += static_cast<double>(gradient[i]) * (q[i] * scales[i] - weights[i]);
  }
}

CompensatedRounding::Output CompensatedRounding::round(std::span<const double> weights) const {
  double largest = 0;
  for (const double w : weights) largest = std::max(largest, std::abs(w));
  if (largest == 0) return {std::vector<std::int8_t>(size_), 1, 0};
  Attempt best;
  best.variance = std::numeric_limits<double>::infinity();
  std::vector<double> best_scales;
  for (const double share : kScaleShares) {
    const float scale = stored_scale(static_cast<float>(share * largest / kMost));
    const std::vector<double> scales(size_, static_cast<double>(scale));
    Attempt attempt = in_turn(weights, scales);
    if (attempt.variance >= best.variance) continue;
    best = std::move(attempt);
    best_scales = scales;
  }
  improve(weights, best_scales, best);
  return {std::move(best.weights), best_scales[0], best.variance};
}

std::vector<std::int8_t> CompensatedRounding::round(std::span<const double> weights,
                                                    std::span<const double> scales) const {
  return adapt(in_turn(weights, scales).weights, weights, scales);
}

std::vector<std::int8_t> CompensatedRounding::adapt(std::vector<std::int8_t> before,
                                                    std::span<const double> weights,
                                                    std::span<const double> scales) const {
  Attempt attempt{std::move(before), 0};
  improve(weights, scales, attempt);
  return std::move(attempt.weights);
}

JointRounding::JointRounding(const CompensatedRounding& rounding,
                             std::span<const double> sensitivity, std::size_t outputs)
    : rounding_(rounding), outputs_(outputs) {
  if (sensitivity.empty()) return;
  sensitivity_ = damp(sensitivity, outputs, kOutputDamping);
  factor_ = sensitivity_;
  factorize(factor_, outputs);
  divide_by_diagonal(factor_, outputs);
  divide_by_diagonal(sensitivity_, outputs);
}

// The output's weights, changed by what the errors of the others ask of it.
std::vector<double> JointRounding::target(std::size_t output, std::span<const double> factors,
                                          const std::vector<std::vector<double>>& weights,
                                          const std::vector<std::vector<double>>& errors) const {
  std::vector<double> result = weights[output];
  for (std::size_t other = 0; other < factors.size(); ++other) {
    if (other == output || errors[other].empty()) continue;
    for (std::size_t i = 0; i < result.size(); ++i) result[i] -= factors[other] * errors[other][i];
  }
  return result;
}

std::vector<CompensatedRounding::Output> JointRounding::round(
    const std::vector<std::vector<double>>& weights,
    const std::vector<std::vector<double>>& scales) const {
  std::vector<CompensatedRounding::Output> results(outputs_);
  std::vector<std::vector<double>> errors(outputs_), steps = scales;
  steps.resize(outputs_);
  const auto set_errors = [&](std::size_t o) {
    errors[o].resize(weights[o].size());
    for (std::size_t i = 0; i < weights[o].size(); ++i) {
      errors[o][i] = results[o].weights[i] * steps[o][i] - weights[o][i];
    }
  };
  const auto row = [&](const std::vector<double>& matrix, std::size_t o) {
    return matrix.empty() ? std::span<const double>()
                          : std::span(matrix).subspan(o * outputs_, outputs_);
  };
  for (std::size_t o = outputs_; o-- > 0;) {
    const std::vector<double> wanted = target(o, row(factor_, o), weights, errors);
    if (scales.empty()) {
      results[o] = rounding_.round(wanted);
      steps[o].assign(weights[o].size(), results[o].scale);
    } else {
      results[o].weights = rounding_.round(wanted, scales[o]);
    }
    set_errors(o);
  }
  for (int sweep = 0; sweep < kJointSweeps && !sensitivity_.empty(); ++sweep) {
    for (std::size_t o = 0; o < outputs_; ++o) {
      const std::vector<double> wanted = target(o, row(sensitivity_, o), weights, errors);
      results[o].weights = rounding_.adapt(std::move(results[o].weights), wanted, steps[o]);
      set_errors(o);
    }
  }
  return results;
}

std::vector<double> conditional_variances(std::span<const double> covariance, std::size_t size) {
  std::vector<double> factor = damp(covariance, size, kOutputDamping);
  factorize(factor, size);
  std::vector<double> variances;
  for (std::size_t i = 0; i < size; ++i) {
    variances.push_back(factor[i * size + i] * factor[i * size + i]);
  }
  return variances;
}

}  // namespace hayago::quant
