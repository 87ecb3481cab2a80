// An executor that gives up on its devices after a failure (make_fallback_executor).
#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "kernels/cuda/runtime.h"
#include "nn/exec/executor.h"

namespace hayago::nn {
namespace {

// What all contexts share. Outlives the executor with them.
class Standby {
 public:
  using Make = std::function<std::shared_ptr<const Executor>(int)>;
  Standby(Make make, std::function<void(const std::string&)> on_failure, int max_batch)
      : make_(std::move(make)), on_failure_(std::move(on_failure)), max_batch_(max_batch) {}

  bool is_active() const { return active_.load(std::memory_order_acquire); }

  // Only the first failure counts; later callers wait until the second executor is there.
  void activate(const std::string& failure) {
    const std::lock_guard lock(mutex_);
    if (second_ != nullptr) return;
    on_failure_(failure);
    second_ = make_(max_batch_);
    active_.store(true, std::memory_order_release);
  }
  const Executor& second() const { return *second_; }  // only when active

 private:
  const Make make_;
  const std::function<void(const std::string&)> on_failure_;
  const int max_batch_;
  std::mutex mutex_;
  std::atomic<bool> active_{false};
  std::shared_ptr<const Executor> second_;
};

class FallbackContext final : public ExecContext {
 public:
  FallbackContext(std::unique_ptr<ExecContext> first, std::shared_ptr<Standby> standby, int height,
                  int width, int batch)
      : first_(std::move(first)),
        standby_(std::move(standby)),
        height_(height),
        width_(width),
        batch_(batch) {}

  void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) override {
    if (first_ != nullptr && !standby_->is_active()) {
      try {
        first_->run(inputs, outputs);
        return;
      } catch (const kernels::GpuError& error) {
        standby_->activate(error.what());
      }
    }
    if (second_ == nullptr) {
      first_.reset();
      second_ = standby_->second().make_context(height_, width_, batch_);
    }
    second_->run(inputs, outputs);
  }

 private:
  std::unique_ptr<ExecContext> first_;  // null once it is of no use
  const std::shared_ptr<Standby> standby_;
  const int height_, width_, batch_;
  std::unique_ptr<ExecContext> second_;  // made when needed
};

class FallbackExecutor final : public Executor {
 public:
  FallbackExecutor(std::shared_ptr<const Executor> first, Standby::Make make_second,
                   std::function<void(const std::string&)> on_failure)
      : first_(std::move(first)),
        standby_(std::make_shared<Standby>(std::move(make_second), std::move(on_failure),
                                           first_->max_batch())) {}

  const NetInfo& info() const override { return first_->info(); }
  std::string description() const override {
    return standby_->is_active() ? standby_->second().description() : first_->description();
  }
  bool runs_inline() const override { return first_->runs_inline(); }
  int max_batch() const override { return first_->max_batch(); }
  int pipeline_depth() const override { return first_->pipeline_depth(); }
  int wanted_contexts() const override { return first_->wanted_contexts(); }
  std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const override {
    std::unique_ptr<ExecContext> context;
    if (!standby_->is_active()) {
      try {
        context = first_->make_context(height, width, batch);
      } catch (const kernels::GpuError& error) {
        standby_->activate(error.what());
      }
    }
    return std::make_unique<FallbackContext>(std::move(context), standby_, height, width, batch);
  }

 private:
  const std::shared_ptr<const Executor> first_;
  const std::shared_ptr<Standby> standby_;
};

}  // namespace

std::unique_ptr<Executor> make_fallback_executor(
    std::shared_ptr<const Executor> first,
    std::function<std::shared_ptr<const Executor>(int max_batch)> make_second,
    std::function<void(const std::string&)> on_failure) {
  return std::make_unique<FallbackExecutor>(std::move(first), std::move(make_second),
                                            std::move(on_failure));
}

}  // namespace hayago::nn
