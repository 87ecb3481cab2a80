#include "quant/train/loss.h"

#include <algorithm>
#include <cmath>

namespace hayago::quant {
namespace {

double softplus(double x) { return x > 40 ? x : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Huber {
  double value, slope;
};
Huber huber(double error, double knee) {
  if (std::abs(error) <= knee) return {error * error / 2, error};
  return {knee * (std::abs(error) - knee / 2), error > 0 ? knee : -knee};
}

// What an output means, and its derivative.
struct Decoded {
  double value, slope;
};
// Short-term errors of spec/02 section 11.2; `unit` is that of version 9.
Decoded shortterm(int version, double raw, double unit, double factor) {
  if (version == 9) return {unit * softplus(raw), unit * sigmoid(raw)};
  if (version <= 13) {
    const double value = std::sqrt(softplus(raw) * factor);
    return {value, value > 0 ? factor * sigmoid(raw) / (2 * value) : 0};
  }
  const double root = std::sqrt(factor);
  return {root * softplus(raw / 2), root * sigmoid(raw / 2) / 2};
}

// Cross-entropy of softmax(logits) against targets, all logits with a target of 0 or more taking
// part. Turns the logits into the derivatives by them.
double cross_entropy(std::vector<double>& logits, std::span<const float> targets) {
  double largest = -INFINITY, sum = 0, loss = 0, target_sum = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] >= 0) largest = std::max(largest, logits[i]);
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] >= 0) sum += std::exp(logits[i] - largest);
  }
  const double log_sum = largest + std::log(sum);
  for (const float t : targets) target_sum += t >= 0 ? static_cast<double>(t) : 0.0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double t = targets[i] >= 0 ? static_cast<double>(targets[i]) : 0.0;
    if (t > 0) loss += t * (log_sum - logits[i]);
    logits[i] = targets[i] >= 0 ? target_sum * std::exp(logits[i] - log_sum) - t : 0.0;
  }
  return loss;
}

// One position's way through all parts.
class PositionLoss {
 public:
  PositionLoss(const nn::NetInfo& net, const TrainingTargets& targets,
               const OutputRow<const float>& out, const LossWeights& weights, double factor,
               const OutputRow<float>* gradient)
      : net_(net),
        targets_(targets),
        out_(out),
        weights_(weights),
        factor_(factor),
        gradient_(gradient) {}

  Losses run(std::span<const float> mask) {
    Losses losses;
    losses.positions = 1;
    const int channels = std::min(net_.policy_channels, 2);
    for (int c = 0; c < channels; ++c) losses.policy += policy(c, 1.0 / channels) / channels;
    losses.value = value();
    const double mean = net_.multipliers.score_mean, lead = net_.multipliers.lead;
    const double stdev = net_.multipliers.score_stdev, raw_stdev = out_.score[1];
    losses.score_mean = score(0, out_.score[0] * mean - targets_.score_mean, kScoreMeanKnee,
                              weights_.score_mean * mean);
    losses.score_stdev = score(1, softplus(raw_stdev) * stdev - targets_.score_stdev,
                               kScoreStdevKnee, weights_.score_stdev * stdev * sigmoid(raw_stdev));
    losses.lead = score(2, out_.score[2] * lead - targets_.lead, kLeadKnee, weights_.lead * lead);
    if (!targets_.ownership.empty()) losses.ownership = ownership(mask);
    if (net_.has_shortterm_errors()) uncertainty(losses);
    return losses;
  }

 private:
  void add(float* to, double derivative) const { *to += static_cast<float>(factor_ * derivative); }

  double policy(int channel, double share) {
    const auto c = static_cast<std::size_t>(channel);
    const std::size_t points = targets_.policy.size() - 1;
    logits_.resize(points + 1);
    for (std::size_t i = 0; i < points; ++i) logits_[i] = out_.policy[i * out_.policy_stride + c];
    logits_[points] = out_.pass[c];
    const double loss = cross_entropy(logits_, targets_.policy);
    if (gradient_ == nullptr) return loss;
    for (std::size_t i = 0; i < points; ++i) {
      add(gradient_->policy + i * gradient_->policy_stride + c,
          weights_.policy * share * logits_[i]);
    }
    add(gradient_->pass + c, weights_.policy * share * logits_[points]);
    return loss;
  }

  double value() {
    logits_.assign(out_.value, out_.value + 3);
    const double loss = cross_entropy(logits_, targets_.value);
    for (std::size_t i = 0; gradient_ != nullptr && i < 3; ++i) {
      add(gradient_->value + i, weights_.value * logits_[i]);
    }
    return loss;
  }

  double score(int channel, double error, double knee, double derivative_of_error) const {
    const Huber loss = huber(error, knee);
    if (gradient_ != nullptr) add(gradient_->score + channel, loss.slope * derivative_of_error);
    return loss.value;
  }

  void uncertainty(Losses& losses) const {
    const auto learn = [&](int channel, float target, const Decoded& output, double knee,
                           double weight) {
      if (target < 0) return 0.0;
      return score(channel, output.value - target, knee, weight * output.slope);
    };
    const double factor = net_.multipliers.variance_time, raw = out_.score[3];
    losses.variance_time =
        learn(3, targets_.variance_time, {factor * softplus(raw), factor * sigmoid(raw)},
              kVarianceTimeKnee, weights_.variance_time);
    losses.winloss_error =
        learn(4, targets_.winloss_error,
              shortterm(net_.version, out_.score[4], 1, net_.multipliers.shortterm_value_error),
              kWinlossErrorKnee, weights_.winloss_error);
    losses.score_error =
        learn(5, targets_.score_error,
              shortterm(net_.version, out_.score[5], 10, net_.multipliers.shortterm_score_error),
              kScoreErrorKnee, weights_.score_error);
  }

  double ownership(std::span<const float> mask) const {
    const std::size_t points = targets_.ownership.size();
    const auto on_board = [&](std::size_t i) { return mask.empty() || mask[i] != 0; };
    std::size_t area = 0;
    for (std::size_t i = 0; i < points; ++i) area += on_board(i) ? 1 : 0;
    double squares = 0;
    for (std::size_t i = 0; i < points; ++i) {
      if (!on_board(i)) continue;
      const double t = std::tanh(static_cast<double>(out_.ownership[i * out_.ownership_stride]));
      const double error = t - targets_.ownership[i];
      squares += error * error;
      if (gradient_ == nullptr) continue;
      add(gradient_->ownership + i * gradient_->ownership_stride,
          weights_.ownership * 2 * error * (1 - t * t) / static_cast<double>(area));
    }
    return squares / static_cast<double>(area);
  }

  const nn::NetInfo& net_;
  const TrainingTargets& targets_;
  const OutputRow<const float>& out_;
  const LossWeights& weights_;
  double factor_;
  const OutputRow<float>* gradient_;
  std::vector<double> logits_;
};

}  // namespace

Losses& Losses::operator+=(const Losses& other) {
  policy += other.policy;
  value += other.value;
  score_mean += other.score_mean;
  score_stdev += other.score_stdev;
  lead += other.lead;
  ownership += other.ownership;
  variance_time += other.variance_time;
  winloss_error += other.winloss_error;
  score_error += other.score_error;
  trunk += other.trunk;
  positions += other.positions;
  return *this;
}

Losses Losses::mean() const {
  const double n = std::max(1, positions);
  Losses mean = *this;
  for (double* part :
       {&mean.policy, &mean.value, &mean.score_mean, &mean.score_stdev, &mean.lead, &mean.ownership,
        &mean.variance_time, &mean.winloss_error, &mean.score_error, &mean.trunk}) {
    *part /= n;
  }
  mean.positions = std::min(1, positions);
  return mean;
}

double Losses::total(const LossWeights& weights) const {
  return weights.policy * policy + weights.value * value + weights.score_mean * score_mean +
         weights.score_stdev * score_stdev + weights.lead * lead + weights.ownership * ownership +
         weights.variance_time * variance_time + weights.winloss_error * winloss_error +
         weights.score_error * score_error + weights.trunk * trunk;
}

Losses position_loss(const nn::NetInfo& net, const TrainingTargets& targets,
                     const OutputRow<const float>& out, std::span<const float> mask,
                     const LossWeights& weights, double factor, const OutputRow<float>* gradient) {
  return PositionLoss(net, targets, out, weights, factor, gradient).run(mask);
}

}  // namespace hayago::quant
