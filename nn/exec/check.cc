// Two executors side by side (make_check_executor).
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nn/exec/executor.h"

namespace hayago::nn {
namespace {

// Largest |a - b|; infinite as soon as one side is not finite and the other differs.
double worst_difference(const float* a, const float* b, int count) {
  double worst = 0;
  for (int i = 0; i < count; ++i) {
    if (a[i] == b[i]) continue;
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = std::max(worst,
                     std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
  }
  return worst;
}

struct Reporter {
  CheckReport report;
  void* user;
};

class CheckContext final : public ExecContext {
 public:
  CheckContext(const Executor& checked, const Executor& reference, int height, int width, int batch,
               Reporter reporter)
      : info_(checked.info()),
        points_(height * width),
        checked_(checked.make_context(height, width, batch)),
        reference_(reference.make_context(height, width, batch)),
        reporter_(reporter) {
    const int floats = info_.policy_channels * (points_ + 1) + 3 + info_.score_channels + points_;
    memory_.resize(static_cast<std::size_t>(batch * floats));
    float* at = memory_.data();
    const auto take = [&](int count) { return std::exchange(at, at + count); };
    for (int i = 0; i < batch; ++i) {
      RawOutput& own = all_outputs_.emplace_back();
      own.policy = take(info_.policy_channels * points_);
      own.pass = take(info_.policy_channels);
      own.value = take(3);
      own.score = take(info_.score_channels);
      own.ownership = take(points_);
    }
    wanted_.reserve(static_cast<std::size_t>(batch));
  }

  void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) override {
    checked_->run(inputs, outputs);
    wanted_.assign(all_outputs_.begin(),
                   all_outputs_.begin() + static_cast<std::ptrdiff_t>(outputs.size()));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].ownership == nullptr) wanted_[i].ownership = nullptr;
    }
    reference_->run(inputs, wanted_);
    compare(outputs);
  }

 private:
  void compare(std::span<const RawOutput> outputs) const {
    double policy = 0, value = 0, score = 0, ownership = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const RawOutput &a = outputs[i], &b = wanted_[i];
      const int channels = info_.policy_channels;
      policy = std::max({policy, worst_difference(a.policy, b.policy, channels * points_),
                         worst_difference(a.pass, b.pass, channels)});
      value = std::max(value, worst_difference(a.value, b.value, 3));
      score = std::max(score, worst_difference(a.score, b.score, info_.score_channels));
      if (a.ownership != nullptr) {
        ownership = std::max(ownership, worst_difference(a.ownership, b.ownership, points_));
      }
    }
    reporter_.report(reporter_.user, policy, value, score, ownership);
  }

  const NetInfo& info_;
  int points_;
  std::unique_ptr<ExecContext> checked_, reference_;
  Reporter reporter_;
  std::vector<float> memory_;
  std::vector<RawOutput> all_outputs_, wanted_;  // of the reference
};

class CheckExecutor final : public Executor {
 public:
  CheckExecutor(std::shared_ptr<const Executor> checked, std::shared_ptr<const Executor> reference,
                Reporter reporter)
      : checked_(std::move(checked)), reference_(std::move(reference)), reporter_(reporter) {
    const NetInfo &a = checked_->info(), &b = reference_->info();
    if (a.version != b.version || a.policy_channels != b.policy_channels || a.c_meta != b.c_meta) {
      throw std::invalid_argument("the check executor needs two executors of the same network");
    }
  }
  const NetInfo& info() const override { return checked_->info(); }
  std::string description() const override {
    return checked_->description() + " checked against " + reference_->description();
  }
  bool runs_inline() const override { return checked_->runs_inline(); }
  int max_batch() const override {
    return std::min(checked_->max_batch(), reference_->max_batch());
  }
  int pipeline_depth() const override { return checked_->pipeline_depth(); }
  int wanted_contexts() const override { return checked_->wanted_contexts(); }
  std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const override {
    return std::make_unique<CheckContext>(*checked_, *reference_, height, width, batch, reporter_);
  }

 private:
  std::shared_ptr<const Executor> checked_, reference_;
  Reporter reporter_;
};

}  // namespace

std::unique_ptr<Executor> make_check_executor(std::shared_ptr<const Executor> checked,
                                              std::shared_ptr<const Executor> reference,
                                              CheckReport report, void* user) {
  return std::make_unique<CheckExecutor>(std::move(checked), std::move(reference),
                                         Reporter{report, user});
}

}  // namespace hayago::nn
