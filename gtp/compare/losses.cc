#include "gtp/compare/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "gtp/compare/parallel.h"
#include "nn/outputs/postprocess.h"

namespace hayago::gtp {
namespace {

constexpr int kLargestBatch = 16;

// log of the softmax at each of the logits.
std::vector<double> log_softmax(const std::vector<double>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double l : logits) sum += std::exp(l - largest);
  std::vector<double> result;
  for (const double l : logits) result.push_back(l - largest - std::log(sum));
  return result;
}

struct PositionLoss {
  bool has_policy = false, same_best_move = false;
  double policy = 0, policy_floor = 0, value = 0;
};

// The first policy channel over the points on the board (bit 0 of the planes) and pass.
void add_policy(const nn::RawOutput& raw, const std::uint32_t* planes,
                std::span<const std::int16_t> target, PositionLoss& loss) {
  std::vector<double> logits, weights;
  double total = 0;
  for (std::size_t p = 0; p < target.size(); ++p) {
    const bool pass = p + 1 == target.size();
    if (!pass && (planes[p] & 1u) == 0) continue;
    logits.push_back(pass ? raw.pass[0] : raw.policy[p]);
    weights.push_back(target[p]);
    total += target[p];
  }
  if (total <= 0) return;
  const std::vector<double> logs = log_softmax(logits);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double share = weights[i] / total;
    if (share <= 0) continue;
    loss.policy -= share * logs[i];
    loss.policy_floor -= share * std::log(share);
  }
  loss.has_policy = true;
  const auto best = [](const std::vector<double>& v) {
    return std::max_element(v.begin(), v.end()) - v.begin();
  };
  loss.same_best_move = best(logs) == best(weights);
}

double value_loss(const nn::RawOutput& raw, const std::array<float, 3>& target) {
  const auto logs = log_softmax({raw.value[0], raw.value[1], raw.value[2]});
  double loss = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (target[i] > 0) loss -= double{target[i]} * logs[i];
  }
  return loss;
}

// One thread's context and arrays.
class LossRunner {
 public:
  LossRunner(const nn::Executor& executor, const TrainingSet& set, int batch)
      : set_(set), info_(executor.info()), batch_(batch) {
    context_ = executor.make_context(set.edge, set.edge, batch);
    floats_.resize(static_cast<std::size_t>(batch) * output_floats());
  }

  void run(std::size_t first, std::span<PositionLoss> losses) {
    inputs_.clear();
    outputs_.clear();
    const auto points = static_cast<std::size_t>(set_.points());
    const auto channels = static_cast<std::size_t>(info_.policy_channels);
    for (std::size_t k = 0; k < losses.size(); ++k) {
      nn::PositionInput input;
      input.planes = set_.planes.data() + (first + k) * points;
      input.global = set_.globals.data() + (first + k) * TrainingSet::kGlobals;
      inputs_.push_back(input);
      float* const policy = floats_.data() + k * output_floats();
      float* const pass = policy + channels * points;
      outputs_.push_back({policy, pass, pass + channels, pass + channels + 3, nullptr});
    }
    context_->run(inputs_, outputs_);
    for (std::size_t k = 0; k < losses.size(); ++k) {
      const std::span<const std::int16_t> policy(set_.policy.data() + (first + k) * (points + 1),
                                                 points + 1);
      add_policy(outputs_[k], inputs_[k].planes, policy, losses[k]);
      losses[k].value = value_loss(outputs_[k], set_.value[first + k]);
      if (!std::isfinite(losses[k].value + losses[k].policy)) {
        throw nn::NonFiniteOutput(fmt::format(
            "network {}: the outputs for position {} are not finite", info_.name, first + k));
      }
    }
  }

 private:
  std::size_t output_floats() const {
    return static_cast<std::size_t>(info_.policy_channels * (set_.points() + 1) + 3 +
                                    info_.score_channels);
  }

  const TrainingSet& set_;
  const nn::NetInfo& info_;
  int batch_;
  std::unique_ptr<nn::ExecContext> context_;
  std::vector<float> floats_;
  std::vector<nn::PositionInput> inputs_;
  std::vector<nn::RawOutput> outputs_;
};

Losses mean_of(const std::vector<PositionLoss>& all) {
  Losses losses;
  for (const PositionLoss& loss : all) {
    ++losses.positions;
    losses.value += loss.value;
    if (!loss.has_policy) continue;
    ++losses.policy_positions;
    losses.policy += loss.policy;
    losses.policy_floor += loss.policy_floor;
    losses.same_best_move += loss.same_best_move ? 1 : 0;
  }
  losses.value /= std::max(losses.positions, 1);
  for (double* mean : {&losses.policy, &losses.policy_floor, &losses.same_best_move}) {
    *mean /= std::max(losses.policy_positions, 1);
  }
  return losses;
}

}  // namespace

bool can_measure_losses(const nn::NetInfo& net) {
  return net.input_version == 7 && net.c_spatial == TrainingSet::kPlanes &&
         net.c_global == TrainingSet::kGlobals;
}

Losses measure_losses(const nn::Executor& executor, const TrainingSet& set, int threads,
                      const std::function<void()>& step) {
  const int batch = std::min(executor.max_batch(), kLargestBatch);
  const auto count = static_cast<std::size_t>(set.count), size = static_cast<std::size_t>(batch);
  std::vector<PositionLoss> all(count);
  run_parallel(threads, (count + size - 1) / size, [&] {
    auto runner = std::make_shared<LossRunner>(executor, set, batch);
    return [&, runner](std::size_t chunk) {
      const std::size_t first = chunk * size, n = std::min(size, count - first);
      runner->run(first, std::span(all).subspan(first, n));
      for (std::size_t i = 0; i < n && step; ++i) step();
    };
  });
  return mean_of(all);
}

}  // namespace hayago::gtp
