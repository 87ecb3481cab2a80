// The way back through one operation to the operation's own numbers. Internal to quant/train.
#pragma once
#include <memory>
#include <span>

#include "quant/backward_ops.h"
#include "quant/train/weight_gradient.h"

namespace hayago::quant {

// Belongs to one thread; gathers over the passes of a step.
class TrainStep {
 public:
  virtual ~TrainStep() = default;
  // After the gradient of the operation's output is complete. `gradient` is that of all parameters,
  // to be added to now or by finish().
  virtual void run(const BackwardRun& run, GradientScratch& scratch, std::span<float> gradient) = 0;
  virtual void finish(std::span<float> /*gradient*/) {}
};

// Null for operations without numbers of their own. The operation's spans are parts of what begins
// at `values` (TrainableModel::plan). That of a norm goes back to the norm's input, too.
std::unique_ptr<TrainStep> make_train_step(const nn::Op& op, const nn::Plan& plan,
                                           const float* values);

// The way back to an operation's inputs, with the weights it has now. Null for what make_train_step
// does, and where all inputs are inputs of the network.
std::unique_ptr<BackwardPass::Step> make_input_step(const nn::Op& op, const nn::Plan& plan);

}  // namespace hayago::quant
