// How much a number that is made of a network's outputs changes with each of its tensors: gradients
// by going back through the primitives of a plan. The weights stay as they are: nothing is trained.
#pragma once
#include <memory>
#include <vector>

#include "nn/exec/aligned.h"
#include "nn/exec/cpu/cpu_network.h"
#include "nn/plan/plan.h"

namespace hayago::quant {

// A pass forward as seen by OpObserver, then any number of passes back. Of an unfused plan with
// weights, of which it keeps what it needs. Tensors are those of kernels/types.h.
class BackwardPass final : public nn::OpObserver {
 public:
  // Throws std::invalid_argument for an operation of fused or narrow plans.
  explicit BackwardPass(const nn::Plan& plan);
  ~BackwardPass() override;

  // Keeps copies of what the way back needs.
  void before(std::size_t op, const nn::OpRun& run) override;

  // All gradients become 0. For the outputs, the caller then adds what the number's derivatives
  // are.
  void clear();
  float* gradient(nn::TensorId tensor);  // (rows, padded(channels))
  // From the outputs to the inputs.
  void run();

  // Of the last pass forward.
  int positions() const { return n_; }
  int pixels() const { return h_ * w_; }
  const float* mask() const { return mask_.data(); }  // null where every board fills the buffer
  // Kept copy of a tensor that a product, norm, pool, gate or attention reads.
  const float* value(nn::TensorId tensor) const;

  // What an operation's way back is given. Defined in backward_ops.h.
  class Step;

 private:
  std::size_t floats(nn::TensorId tensor) const;

  nn::Plan plan_;
  std::vector<std::unique_ptr<Step>> steps_;  // of the plan's operations
  int n_ = 0, h_ = 0, w_ = 0;
  nn::AlignedFloats mask_;
  std::vector<float> area_;
  std::vector<nn::RopeAngles> angles_;                 // by table of the plan
  std::vector<nn::AlignedFloats> values_, gradients_;  // by TensorId
  nn::AlignedFloats scratch_;
};

}  // namespace hayago::quant
