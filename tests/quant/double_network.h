// A network and its training loss in double precision, by plain loops over the plan: what gradients
// are compared with.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "nn/plan/plan.h"
#include "quant/train/loss.h"

namespace hayago::test {

using Doubles = std::vector<double>;

// One position in a buffer. Weights are looked up in an array of doubles in the place of the array
// of floats that the plan's spans point into.
class DoubleNetwork {
 public:
  DoubleNetwork(const nn::Plan& plan, const float* values, int height, int width)
      : plan_(plan), values_(values), h_(height), w_(width) {}

  // All tensors, (rows, channels) without padding.
  std::vector<Doubles> run(const nn::PositionInput& input, const Doubles& parameters) {
    parameters_ = &parameters;
    tensors_.assign(plan_.tensors.size(), {});
    const int planes = channels(plan_.spatial);
    mask_.assign(static_cast<std::size_t>(points()), 0);
    Doubles& spatial = tensor(plan_.spatial);
    spatial.assign(static_cast<std::size_t>(points() * planes), 0);
    for (int p = 0; p < points(); ++p) {
      mask_[static_cast<std::size_t>(p)] = input.on_board(p, planes) ? 1 : 0;
      for (int c = 0; c < planes; ++c) spatial[at(p, c, planes)] = input.plane(c, p, planes);
    }
    area_ = 0;
    for (const double m : mask_) area_ += m;
    tensor(plan_.global).assign(input.global, input.global + channels(plan_.global));
    if (plan_.meta != nn::kNoTensor) {
      tensor(plan_.meta).assign(input.meta, input.meta + channels(plan_.meta));
    }
    for (const nn::Op& op : plan_.ops) {
      std::visit([this](const auto& o) { this->apply(o); }, op);
    }
    return tensors_;
  }
  const Doubles& mask() const { return mask_; }

 private:
  static std::size_t at(int row, int channel, int channels) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(channels) +
           static_cast<std::size_t>(channel);
  }
  int points() const { return h_ * w_; }
  int channels(nn::TensorId id) const { return plan_.tensor(id).channels; }
  int rows(nn::TensorId id) const { return plan_.tensor(id).per_pixel ? points() : 1; }
  Doubles& tensor(nn::TensorId id) { return tensors_[static_cast<std::size_t>(id)]; }
  double weight(nn::Weights span, std::size_t i) const {
    return (*parameters_)[static_cast<std::size_t>(span.data() - values_) + i];
  }
  Doubles& make(nn::TensorId id) {
    return tensor(id) = Doubles(static_cast<std::size_t>(rows(id) * channels(id)));
  }

  void apply(const nn::ConvOp& op) {
    const auto& s = op.shape;
    Doubles& out = make(op.epilogue.raw_out);
    const Doubles& in = tensor(op.in);
    for (int p = 0; p < points(); ++p) {
      for (int ky = 0; ky < s.ky; ++ky) {
        for (int kx = 0; kx < s.kx; ++kx) {
          const int y = p / w_ + ky - s.ky / 2, x = p % w_ + kx - s.kx / 2;
          if (y < 0 || y >= h_ || x < 0 || x >= w_) continue;
          for (int i = 0; i < s.c_in; ++i) {
            for (int o = 0; o < s.c_out; ++o) {
              out[at(p, o, s.c_out)] +=
                  in[at(y * w_ + x, i, s.c_in)] *
                  weight(op.weights, at((ky * s.kx + kx) * s.c_in + i, o, s.c_out));
            }
          }
        }
      }
    }
  }
  void apply(const nn::MatMulOp& op) {
    Doubles& out = make(op.epilogue.raw_out);
    for (int r = 0; r < rows(op.in); ++r) {
      for (int i = 0; i < op.c_in; ++i) {
        for (int o = 0; o < op.c_out; ++o) {
          out[at(r, o, op.c_out)] +=
              tensor(op.in)[at(r, i, op.c_in)] * weight(op.weights, at(i, o, op.c_out));
        }
      }
    }
  }
  void apply(const nn::AddBiasOp& op) {
    Doubles& out = tensor(op.out) = tensor(op.in);
    const std::size_t c = op.bias.size();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += weight(op.bias, i % c);
  }
  void apply(const nn::AddRowBiasOp& op) {
    Doubles& out = tensor(op.out) = tensor(op.in);
    const Doubles& row = tensor(op.row);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += row[i % row.size()];
  }
  void apply(const nn::AddOp& op) {
    Doubles& out = tensor(op.out) = tensor(op.residual);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += tensor(op.branch)[i];
  }
  void apply(const nn::NormActOp& op) {
    Doubles& out = make(op.out);
    const int c = channels(op.in);
    for (int r = 0; r < rows(op.in); ++r) {
      if (plan_.tensor(op.in).per_pixel && mask_[static_cast<std::size_t>(r)] == 0) continue;
      for (int i = 0; i < c; ++i) {
        double z = tensor(op.in)[at(r, i, c)];
        if (!op.scale.empty()) z *= weight(op.scale, static_cast<std::size_t>(i));
        if (!op.shift.empty()) z += weight(op.shift, static_cast<std::size_t>(i));
        out[at(r, i, c)] = activate(op.act, z);
      }
    }
  }
  void apply(const nn::PoolOp& op) {
    Doubles& out = make(op.out);
    const int c = channels(op.in);
    const double size = std::sqrt(area_) - 14;
    for (int i = 0; i < c; ++i) {
      double sum = 0, largest = -1;
      for (int p = 0; p < points(); ++p) {
        const double v = tensor(op.in)[at(p, i, c)];
        sum += v;
        largest = std::max(largest, v + mask_[static_cast<std::size_t>(p)] - 1);
      }
      const double mean = sum / area_;
      out[at(0, i, c)] = mean;
      out[at(1, i, c)] = mean * size * 0.1;
      out[at(2, i, c)] =
          op.kind == nn::PoolKind::kPolicy ? largest : mean * (size * size * 0.01 - 0.1);
    }
  }
  void apply(const auto&) { throw std::logic_error("not an operation of convolutional networks"); }

  static double activate(kernels::Act act, double x) {
    switch (act) {
      case kernels::Act::kIdentity:
        return x;
      case kernels::Act::kRelu:
        return std::max(x, 0.0);
      case kernels::Act::kMish:
        return x * std::tanh(std::log1p(std::exp(x)));
      case kernels::Act::kSilu:
        return x / (1 + std::exp(-x));
    }
    return 0;
  }

  const nn::Plan& plan_;
  const float* values_;
  int h_, w_;
  double area_ = 0;
  const Doubles* parameters_ = nullptr;
  Doubles mask_;
  std::vector<Doubles> tensors_;
};

// quant::Losses::trunk of one position, without its weight.
inline double double_trunk_loss(const nn::Plan& plan, const std::vector<Doubles>& tensors,
                                const std::vector<Doubles>& wanted, const Doubles& mask) {
  double loss = 0;
  int blocks = 0;
  for (const nn::Op& op : plan.ops) {
    const auto* sum = std::get_if<nn::AddOp>(&op);
    if (sum == nullptr || !plan.tensor(sum->out).per_pixel) continue;
    const auto id = static_cast<std::size_t>(sum->out);
    const std::size_t channels = tensors[id].size() / mask.size();
    double errors = 0, squares = 0;
    for (std::size_t i = 0; i < tensors[id].size(); ++i) {
      if (mask[i / channels] == 0) continue;
      errors += std::pow(tensors[id][i] - wanted[id][i], 2);
      squares += std::pow(wanted[id][i], 2);
    }
    loss += errors / squares;
    ++blocks;
  }
  return loss / blocks;
}

// The loss of quant/train/loss.h, written down once more.
inline double double_loss(const nn::Plan& plan, const nn::NetInfo& net,
                          const std::vector<Doubles>& tensors, const Doubles& mask,
                          const quant::TrainingTargets& targets,
                          const quant::LossWeights& weights) {
  const auto of = [&](nn::TensorId id) -> const Doubles& {
    return tensors[static_cast<std::size_t>(id)];
  };
  const std::size_t points = mask.size();
  const auto channels = static_cast<std::size_t>(net.policy_channels);
  const std::size_t trained = std::min<std::size_t>(channels, 2);
  double policy = 0;
  for (std::size_t c = 0; c < trained; ++c) {
    double sum = 0, dot = 0, mass = 0;
    for (std::size_t i = 0; i <= points; ++i) {
      const double t = targets.policy[i];
      if (t < 0) continue;
      const double logit = i < points ? of(plan.policy)[i * channels + c] : of(plan.pass)[c];
      sum += std::exp(logit);
      dot += t * logit;
      mass += t;
    }
    policy += (mass * std::log(sum) - dot) / static_cast<double>(trained);
  }
  double sum = 0, value = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += std::exp(of(plan.value)[i]);
  for (std::size_t i = 0; i < 3; ++i) {
    value -= targets.value[i] * (of(plan.value)[i] - std::log(sum));
  }
  const auto huber = [](double error, double knee) {
    const double e = std::abs(error);
    return e < knee ? e * e / 2 : knee * (e - knee / 2);
  };
  const Doubles& score = of(plan.score);
  const double stdev = std::log1p(std::exp(score[1])) * net.multipliers.score_stdev;
  double owners = 0, area = 0;
  for (std::size_t i = 0; i < points && !targets.ownership.empty(); ++i) {
    const double error = std::tanh(of(plan.ownership)[i]) - targets.ownership[i];
    owners += mask[i] * error * error;
    area += mask[i];
  }
  double uncertainty = 0;
  if (net.version >= 9) {
    const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
    const double value_factor = net.multipliers.shortterm_value_error,
                 score_factor = net.multipliers.shortterm_score_error;
    double winloss = softplus(score[4]), points_error = 10 * softplus(score[5]);
    if (net.version >= 10) {
      winloss = std::sqrt(softplus(score[4]) * value_factor);
      points_error = std::sqrt(softplus(score[5]) * score_factor);
    }
    if (net.version >= 14) {
      winloss = std::sqrt(std::pow(softplus(score[4] / 2), 2) * value_factor);
      points_error = std::sqrt(std::pow(softplus(score[5] / 2), 2) * score_factor);
    }
    const double time = softplus(score[3]) * net.multipliers.variance_time;
    if (targets.variance_time >= 0) {
      uncertainty +=
          weights.variance_time * huber(time - targets.variance_time, quant::kVarianceTimeKnee);
    }
    if (targets.winloss_error >= 0) {
      uncertainty +=
          weights.winloss_error * huber(winloss - targets.winloss_error, quant::kWinlossErrorKnee);
    }
    if (targets.score_error >= 0) {
      uncertainty +=
          weights.score_error * huber(points_error - targets.score_error, quant::kScoreErrorKnee);
    }
  }
  return weights.policy * policy + weights.value * value +
         weights.score_mean * huber(score[0] * net.multipliers.score_mean - targets.score_mean,
                                    quant::kScoreMeanKnee) +
         weights.score_stdev * huber(stdev - targets.score_stdev, quant::kScoreStdevKnee) +
         weights.lead * huber(score[2] * net.multipliers.lead - targets.lead, quant::kLeadKnee) +
         weights.ownership * owners / std::max(area, 1.0) + uncertainty;
}

}  // namespace hayago::test
