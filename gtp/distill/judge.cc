#include "gtp/distill/judge.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "gtp/compare/parallel.h"

namespace hayago::gtp {
namespace {

constexpr std::size_t kBatch = 8;
constexpr double kSpeedSeconds = 1;

std::size_t count(int n) { return static_cast<std::size_t>(n); }

nn::CpuOptions one_core() {
  nn::CpuOptions options;
  options.cores = 1;  // the threads are ours
  return options;
}

// Raw outputs of a batch.
class OutputArrays {
 public:
  OutputArrays(const nn::NetInfo& net, int size)
      : net_(net), points_(count(size * size)), floats_(kBatch * floats_of_one()) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      float* const policy = floats_.data() + i * floats_of_one();
      float* const pass = policy + count(net.policy_channels) * points_;
      float* const value = pass + net.policy_channels;
      outputs_.push_back({policy, pass, value, value + 3, value + 3 + net.score_channels});
    }
  }
  std::span<const nn::RawOutput> first(std::size_t n) const { return std::span(outputs_).first(n); }

  // The first channel of the policy.
  std::size_t best_move(std::size_t i, const std::vector<float>& legal) const {
    const nn::RawOutput& out = outputs_[i];
    std::size_t best = points_;
    for (std::size_t point = 0; point < points_; ++point) {
      const float best_logit = best == points_ ? out.pass[0] : out.policy[best];
      if (legal[point] >= 0 && out.policy[point] > best_logit) best = point;
    }
    return best;
  }

 private:
  std::size_t floats_of_one() const {
    return count(net_.policy_channels) * (points_ + 1) + 3 + count(net_.score_channels) + points_;
  }
  const nn::NetInfo& net_;
  std::size_t points_;
  std::vector<float> floats_;
  std::vector<nn::RawOutput> outputs_;
};

using OnBatch = std::function<void(std::size_t first, std::size_t size, const OutputArrays&)>;

// All positions through the network `rounds` times; calls back on the threads.
void run_network(const nn::Executor& net, const std::vector<EncodedPosition>& positions, int size,
                 int threads, int rounds, const OnBatch& on_batch) {
  const std::size_t batches = (positions.size() + kBatch - 1) / kBatch;
  run_parallel(threads, batches * count(rounds), [&] {
    auto context = std::shared_ptr<nn::ExecContext>(net.make_context(size, size, kBatch));
    auto arrays = std::make_shared<OutputArrays>(net.info(), size);
    return [&, context, arrays](std::size_t piece) {
      const std::size_t first = piece % batches * kBatch;
      const std::size_t n = std::min(kBatch, positions.size() - first);
      std::vector<nn::PositionInput> inputs;
      for (std::size_t i = 0; i < n; ++i) inputs.push_back(positions[first + i].input());
      context->run(inputs, arrays->first(n));
      on_batch(first, n, *arrays);
    };
  });
}

double entropy(std::span<const float> probabilities) {
  double sum = 0;
  for (const double p : probabilities) sum -= p > 0 ? p * std::log(p) : 0;
  return sum;
}

}  // namespace

std::size_t best_target(const quant::TrainingTargets& targets) {
  const auto best = std::max_element(targets.policy.begin(), targets.policy.end());
  return static_cast<std::size_t>(best - targets.policy.begin());
}

Judge::Judge(std::vector<EncodedPosition> positions, int size, int threads)
    : positions_(std::move(positions)), size_(size), threads_(threads) {
  const auto n = static_cast<double>(positions_.size());
  for (const EncodedPosition& position : positions_) {
    policy_entropy_ += entropy(position.targets.policy) / n;
    value_entropy_ += entropy(position.targets.value) / n;
  }
}

Judgement Judge::judge(quant::Trainer& trainer) const {
  std::vector<quant::TrainingExample> examples;
  for (const EncodedPosition& position : positions_) examples.push_back(position.example());
  Judgement judgement;
  judgement.losses = trainer.evaluate(examples, quant::WhichWeights::kAverage);
  judgement.policy_divergence = judgement.losses.policy - policy_entropy_;
  judgement.value_divergence = judgement.losses.value - value_entropy_;
  judgement.agreement = agreement(trainer.model(quant::WhichWeights::kAverage));
  return judgement;
}

double Judge::agreement(const nn::ModelDesc& student) const {
  const auto executor = nn::make_cpu_executor(student, one_core());
  std::vector<char> same(positions_.size());
  run_network(*executor, positions_, size_, threads_, 1,
              [&](std::size_t first, std::size_t n, const OutputArrays& outputs) {
                for (std::size_t i = 0; i < n; ++i) {
                  const quant::TrainingTargets& targets = positions_[first + i].targets;
                  same[first + i] = outputs.best_move(i, targets.policy) == best_target(targets);
                }
              });
  return static_cast<double>(std::count(same.begin(), same.end(), 1)) /
         static_cast<double>(same.size());
}

double measured_speed(const nn::ModelDesc& model, const std::vector<EncodedPosition>& positions,
                      int size, int threads) {
  const auto executor = nn::make_cpu_executor(model, one_core());
  for (int rounds = 1;; rounds *= 2) {
    const auto start = std::chrono::steady_clock::now();
    run_network(*executor, positions, size, threads, rounds,
                [](std::size_t, std::size_t, const OutputArrays&) {});
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds >= kSpeedSeconds) {
      return static_cast<double>(positions.size()) * rounds / seconds;
    }
  }
}

}  // namespace hayago::gtp
