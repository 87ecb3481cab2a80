// A network that is run for what an observer sees of its inner tensors.
#pragma once
#include <memory>
#include <span>
#include <utility>

#include "nn/exec/cpu/cpu_executor.h"
#include "quant/ignored_output.h"

namespace hayago::quant {

template <class Observer>
class ObservedNetwork {
 public:
  // `observer`: what its constructor takes behind the plan. The model need not live on. Throws as
  // CpuExecutor does.
  template <class... Args>
  ObservedNetwork(const nn::ModelDesc& model, const nn::Precision& precision, int height, int width,
                  int batch, Args&&... observer)
      : executor_(model, options(batch), precision),
        observer_(executor_.network().plan(), std::forward<Args>(observer)...),
        context_(executor_.make_cpu_context(height, width, batch, batch)),
        results_(executor_.info(), height * width) {
    context_->observe(&observer_);
  }

  // 1..batch positions.
  void run(std::span<const nn::PositionInput> inputs) {
    context_->run(inputs, results_.of(inputs.size()));
  }
  Observer& observer() { return observer_; }
  const nn::NetInfo& info() const { return executor_.info(); }

 private:
  static nn::CpuOptions options(int batch) {
    nn::CpuOptions options;
    options.max_batch = batch;
    return options;
  }

  nn::CpuExecutor executor_;
  Observer observer_;
  std::unique_ptr<nn::CpuContext> context_;
  IgnoredOutput results_;
};

}  // namespace hayago::quant
