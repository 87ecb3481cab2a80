#include "search/update/child_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace hayago::search {
namespace {

// Cumulative distribution of Student's t with 3 degrees of freedom, interpolated (section 10.3).
class StudentT3 {
 public:
  StudentT3() {
    for (int k = 0; k < kPoints; ++k) {
      const double t = (-kReach + 2 * kReach * k / (kPoints - 1)) / std::sqrt(3.0);
      values_[static_cast<std::size_t>(k)] = 0.5 + (t / (1 + t * t) + std::atan(t)) / kPi;
    }
    values_.front() = 0;
    values_.back() = 1;
  }
  double operator()(double z) const {
    const double place = (z + kReach) * (kPoints - 1) / (2 * kReach);
    if (!(place > 0)) return 0;
    if (place >= kPoints - 1) return 1;
    const auto k = static_cast<std::size_t>(place);
    return values_[k] + (place - static_cast<double>(k)) * (values_[k + 1] - values_[k]);
  }

 private:
  static constexpr double kPi = 3.14159265358979323846;
  static constexpr int kPoints = 2000;
  static constexpr double kReach = 50;
  std::array<double, kPoints> values_;
};

// Weight of children with hardly any visits is an effect of root noise.
void subtract_few_visits(const SearchParams& params, std::span<ChildWeight> children) {
  double largest = 0;
  for (const ChildWeight& child : children) largest = std::max(largest, child.weight);
  const double prune = std::min(params.chosen_move_prune, largest / 64);
  const double subtract = std::min(params.chosen_move_subtract, largest / 64);
  for (ChildWeight& child : children) {
    child.weight = child.weight < prune ? 0.0 : std::max(0.0, child.weight - subtract);
  }
}

void rescale(std::span<ChildWeight> children, double total) {
  double sum = 0;
  for (const ChildWeight& child : children) sum += child.weight;
  if (sum <= 0) return;
  for (ChildWeight& child : children) child.weight *= total / sum;
}

}  // namespace

double prune_noise(const SearchParams& params, std::span<ChildWeight> children) {
  double value_sum = 0, weight_sum = 0, prior_sum = 0;  // of the children before
  for (ChildWeight& child : children) {
    if (weight_sum > 0 && prior_sum > 0) {
      const double gap = value_sum / weight_sum - child.self_utility;
      if (gap > 0) {
        const double fair = 2 * weight_sum * child.prior / prior_sum;
        if (child.weight > fair) {
          const double excess =
              (child.weight - fair) * (1 - std::exp(-gap / params.noise_prune_utility_scale));
          child.weight -= std::min(params.noise_pruning_cap, excess);
        }
      }
    }
    value_sum += child.self_utility * child.weight;
    weight_sum += child.weight;
    prior_sum += child.prior;
  }
  return weight_sum;
}

namespace {

// The usual exponent is a quarter, for which two roots are many times cheaper.
double power(double base, double exponent) {
  return exponent == 0.25 ? std::sqrt(std::sqrt(base)) : std::pow(base, exponent);
}

}  // namespace

void weight_by_value(const SearchParams& params, std::span<ChildWeight> children, double total,
                     bool subtract_root_noise) {
  static const StudentT3 cdf;
  const bool by_value = params.value_weight_exponent != 0;
  if (total <= 0 || (!by_value && !subtract_root_noise)) return;

  double mean = 0;
  for (const ChildWeight& child : children) mean += child.self_utility * child.weight;
  mean /= total;
  if (by_value) {  // from the weights before the subtraction
    for (ChildWeight& child : children) {
      const double stdev = std::sqrt(1e-8 + 1 / (1.5 * std::sqrt(child.weight)));
      const double z = (child.self_utility - mean) / stdev;
      child.factor = power(cdf(z) + 0.0001, params.value_weight_exponent);
    }
  }
  if (subtract_root_noise) subtract_few_visits(params, children);
  if (by_value) {
    for (ChildWeight& child : children) child.weight *= child.factor;
  }
  rescale(children, total);
}

}  // namespace hayago::search
