// Positions with what a network says of them, for training.
#pragma once
#include <memory>
#include <vector>

#include "gtp/accuracy/net_batch.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "quant/train/data_order.h"
#include "quant/train/targets.h"

namespace hayago::gtp {

class TeacherBatches {
 public:
  // All must live as long. Batches are evaluated by `threads` threads when they are asked for.
  TeacherBatches(const nn::ModelDesc& teacher, int size,
                 const std::vector<search::GameState>& positions, std::uint64_t seed, int batch,
                 int threads);

  // All positions once, then again in another order. Valid until the next call.
  const std::vector<quant::TrainingExample>& next();

 private:
  struct Part {
    std::vector<search::GameState> states;
    NetBatch inputs;
    std::unique_ptr<nn::ExecContext> context;
    std::vector<quant::TrainingTargets> targets;
  };
  void evaluate(Part& part);

  const std::vector<search::GameState>& positions_;
  std::unique_ptr<nn::Executor> teacher_;
  quant::DataOrder order_;
  int batch_;
  std::vector<Part> parts_;
  std::vector<quant::TrainingExample> examples_;
};

}  // namespace hayago::gtp
