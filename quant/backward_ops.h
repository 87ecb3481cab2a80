// The way back through single operations. Internal to quant/backward*.cc.
#pragma once
#include "quant/backward.h"

namespace hayago::quant {

// The tensors of a pass, for a step.
struct BackwardRun {
  int n = 0, h = 0, w = 0;
  const float* mask = nullptr;  // (n, P) or null
  const float* area = nullptr;  // (n)
  const nn::RopeAngles* rope = nullptr;
  const nn::Plan& plan;
  const std::vector<nn::AlignedFloats>& values;
  std::vector<nn::AlignedFloats>& gradients;
  nn::AlignedFloats& scratch;  // of kernels, grows as needed

  int pixels() const { return h * w; }
  int rows(nn::TensorId id) const { return plan.tensor(id).per_pixel ? n * pixels() : n; }
  int channels(nn::TensorId id) const { return plan.tensor(id).channels; }
  std::size_t stride(nn::TensorId id) const {
    return static_cast<std::size_t>(kernels::padded(channels(id)));
  }
  const float* value(nn::TensorId id) const { return values[static_cast<std::size_t>(id)].data(); }
  float* gradient(nn::TensorId id) const { return gradients[static_cast<std::size_t>(id)].data(); }
  // 1 on the board; tensors by position have no other rows.
  bool on_board(nn::TensorId id, int row) const {
    return mask == nullptr || !plan.tensor(id).per_pixel || mask[row] != 0;
  }
};

class BackwardPass::Step {
 public:
  virtual ~Step() = default;
  // Adds to the gradients of the inputs what follows from those of the output.
  virtual void run(const BackwardRun& run) const = 0;
};

// Derivative of an activation at x.
double slope(kernels::Act act, double x);

// Of an operation of an unfused plan; its weights are copied, but norms and biases must stay where
// they are. Throws std::invalid_argument for narrow numbers.
std::unique_ptr<BackwardPass::Step> make_step_back(const nn::Op& op, const nn::Plan& plan);

// Gradients of a norm's own numbers; both padded(channels) long, to be added to.
struct NormGradients {
  float* scale = nullptr;
  float* shift = nullptr;
};
// Adds to the gradient of the input, and to those of scale and shift if they are given.
void norm_act_back(const nn::NormActOp& op, const BackwardRun& run, const NormGradients& own = {});

std::unique_ptr<BackwardPass::Step> step_back(const nn::NormActOp& op);
std::unique_ptr<BackwardPass::Step> step_back(const nn::RmsNormOp& op);
std::unique_ptr<BackwardPass::Step> step_back(const nn::RopeOp& op, const nn::Plan& plan);
std::unique_ptr<BackwardPass::Step> step_back(const nn::AttentionOp& op);
std::unique_ptr<BackwardPass::Step> step_back(const nn::SiluGateOp& op);

}  // namespace hayago::quant
