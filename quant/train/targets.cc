#include "quant/train/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

namespace hayago::quant {
namespace {

constexpr double kSumTolerance = 1e-3;
constexpr double kLeastResult = 1e-3;  // chance of a result, below which scores mean nothing

[[noreturn]] void refuse(std::size_t position, const std::string& what) {
  throw std::invalid_argument(fmt::format("training position {}: {}", position, what));
}

void check_number(float number, const char* what, std::size_t position) {
  if (!std::isfinite(number)) refuse(position, fmt::format("{} is {}", what, number));
}

void check_sum(double sum, const char* what, std::size_t position) {
  if (std::abs(sum - 1) <= kSumTolerance) return;
  refuse(position, fmt::format("{} has the sum {}, not 1", what, sum));
}

void check_policy(std::span<const float> policy, std::size_t position) {
  double sum = 0;
  bool legal = false;
  for (const float p : policy) {
    check_number(p, "a number of the policy", position);
    if (p < 0) continue;
    legal = true;
    sum += p;
  }
  if (!legal) refuse(position, "the policy has no legal move");
  check_sum(sum, "the policy", position);
}

void check_value(const TrainingTargets& targets, std::size_t position) {
  double sum = 0;
  for (const float p : targets.value) {
    check_number(p, "a number of the value", position);
    if (p < 0) refuse(position, fmt::format("a probability of the value is {}", p));
    sum += p;
  }
  check_sum(sum, "the value", position);
  check_number(targets.score_mean, "the score mean", position);
  check_number(targets.score_stdev, "the score's deviation", position);
  if (targets.score_stdev < 0) refuse(position, "the score's deviation is negative");
  check_number(targets.lead, "the lead", position);
  check_number(targets.variance_time, "the variance time", position);
  check_number(targets.winloss_error, "the win/loss error", position);
  check_number(targets.score_error, "the score error", position);
}

}  // namespace

TrainingTargets targets_of(const nn::NetOutput& output, bool white_to_move) {
  const float sign = white_to_move ? 1.0f : -1.0f;
  const double result = std::max(kLeastResult, 1.0 - output.white_no_result);
  TrainingTargets targets;
  targets.policy = output.policy;
  targets.value[0] = white_to_move ? output.white_win : output.white_loss;
  targets.value[1] = white_to_move ? output.white_loss : output.white_win;
  targets.value[2] = output.white_no_result;
  const double mean = output.white_score_mean / result;
  const double variance = output.white_score_mean_sq / result - mean * mean;
  targets.score_mean = sign * static_cast<float>(mean);
  targets.score_stdev = static_cast<float>(std::sqrt(std::max(0.0, variance)));
  targets.lead = sign * static_cast<float>(output.white_lead / result);
  targets.variance_time = output.var_time_left;
  targets.winloss_error = output.shortterm_winloss_error;
  targets.score_error = output.shortterm_score_error;
  targets.ownership = output.ownership;
  for (float& o : targets.ownership) o *= sign;
  return targets;
}

void check_example(const TrainingExample& example, const nn::NetInfo& net, int height, int width,
                   std::size_t number) {
  if (example.targets == nullptr || example.input.global == nullptr ||
      (example.input.spatial == nullptr && example.input.planes == nullptr)) {
    refuse(number, "it has no input or no targets");
  }
  const TrainingTargets& targets = *example.targets;
  const std::size_t points = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  if (targets.policy.size() != points + 1) {
    refuse(number, fmt::format("the policy has {} numbers, {}x{} points and pass need {}",
                               targets.policy.size(), height, width, points + 1));
  }
  if (!targets.ownership.empty() && targets.ownership.size() != points) {
    refuse(number, fmt::format("ownership has {} numbers, {}x{} points need {}",
                               targets.ownership.size(), height, width, points));
  }
  check_policy(targets.policy, number);
  for (std::size_t i = 0; i < points; ++i) {
    if (targets.policy[i] < 0) continue;
    if (!example.input.on_board(static_cast<int>(i), net.c_spatial)) {
      refuse(number, fmt::format("the policy has point {}, which is off the board", i));
    }
  }
  check_value(targets, number);
  for (const float o : targets.ownership) {
    check_number(o, "a number of the ownership", number);
    if (std::abs(o) > 1) refuse(number, fmt::format("ownership {} is not in [-1, 1]", o));
  }
}

}  // namespace hayago::quant
