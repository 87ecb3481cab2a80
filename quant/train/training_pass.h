// Positions through a network, there and back.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nn/exec/cpu/cpu_op.h"
#include "quant/train/fake_quantization.h"
#include "quant/train/loss.h"
#include "quant/train/train_step.h"

namespace hayago::quant {

// A plan's operations with the weights that the plan has now, packed for the kernels. Threads share
// it once it is bound.
class BoundPlan {
 public:
  // `plan` must live as long and be unfused, as must `rounding`, which is null for networks in
  // float.
  BoundPlan(const nn::Plan& plan, const FakeQuantization* rounding);
  // Takes the weights as they are, for the way there, and for the way back if that is wanted. All
  // has been done when all parts have been.
  void bind(bool way_back, int part, int parts);

  const nn::Plan& plan() const { return plan_; }
  const FakeQuantization* rounding() const { return rounding_; }
  const nn::CpuOp& op(std::size_t i) const { return *ops_[i]; }
  const BackwardPass::Step* step(std::size_t i) const { return steps_[i].get(); }

 private:
  const nn::Plan& plan_;
  const FakeQuantization* rounding_;
  std::vector<std::vector<float>> rounded_;  // weights, by operation
  std::vector<std::unique_ptr<nn::CpuOp>> ops_;
  std::vector<std::unique_ptr<BackwardPass::Step>> steps_;
};

// What one thread needs for its share of a batch: all tensors of a few positions and their
// gradients. The numbers it comes to depend on the examples and their order alone.
class TrainingPass {
 public:
  // `values` is where the plan's weights begin (TrainableModel::plan). `plan` must live as long.
  TrainingPass(const nn::Plan& plan, const nn::NetInfo& net, const float* values, int height,
               int width);
  ~TrainingPass();

  // The sum of the losses.
  Losses evaluate(const BoundPlan& bound, std::span<const TrainingExample> examples,
                  const LossWeights& weights);
  // Adds `factor` times the derivatives of that sum to `gradient`, (TrainableModel::size()). The
  // trunk is compared with that of `reference`, bound to other weights of the same plan without
  // rounding; null: it is not.
  Losses train(const BoundPlan& bound, const BoundPlan* reference,
               std::span<const TrainingExample> examples, const LossWeights& weights, double factor,
               std::span<float> gradient);

 private:
  // Positions that go through the network together: their tensors should stay in the cache.
  static constexpr int kGroup = 4;

  void load(std::span<const TrainingExample> examples);
  // Leaves the tensors of that network in reference_.
  void forward_reference(const BoundPlan& reference, std::span<const TrainingExample> examples);
  // Of one position; adds to the gradients.
  double trunk_loss(int slot, double factor);
  void exchange_tensors();
  bool is_rounded(const BoundPlan& bound, std::size_t op) const {
    return bound.rounding() != nullptr && bound.rounding()->layer(op) != nullptr;
  }
  void round_input(const FakeLayer& layer, std::size_t op, int n);
  // What the operation reads and what it is rounded to change places.
  void exchange_input(const BoundPlan& bound, std::size_t op);
  void forward(const BoundPlan& bound, int n);
  Losses losses(std::span<const TrainingExample> examples, const LossWeights& weights,
                double factor, bool train);
  // To 0, the first time in a pass: just before it is added to, while it is in the cache then.
  void clear_gradient(nn::TensorId tensor);
  void backward(const BoundPlan& bound, int n, std::span<float> gradient);
  template <class T>
  OutputRow<T> outputs(std::vector<nn::AlignedFloats>& tensors, int slot) const;

  const nn::Plan& plan_;
  const nn::NetInfo& net_;
  int height_, width_;
  std::vector<nn::AlignedFloats> rounded_inputs_;      // by operation
  std::vector<nn::AlignedFloats> values_, gradients_;  // by TensorId
  std::vector<nn::AlignedFloats> reference_;           // the same of another network
  std::vector<nn::TensorId> trunk_;                    // behind the blocks
  std::vector<float*> tensors_;                        // of values_
  std::vector<bool> cleared_;                          // of gradients_, in this pass
  nn::AlignedFloats mask_, scratch_;
  std::vector<float> area_;
  bool masked_ = false;
  std::vector<std::unique_ptr<TrainStep>> steps_;  // by operation
  GradientScratch gradient_scratch_;
};

}  // namespace hayago::quant
