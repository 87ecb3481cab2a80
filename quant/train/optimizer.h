// Steps along gradients.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "quant/train/trainable_model.h"

namespace hayago::quant {

// kAdamW: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101, which
// is Adam (Kingma and Ba, arXiv:1412.6980) with a decay that the moments do not see. kSgd: gradient
// descent with momentum, v = momentum * v + g, and the same kind of decay.
enum class OptimizerKind { kAdamW, kSgd };

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kAdamW;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of AdamW
  double momentum = 0.9;                              // of kSgd
  // Times the learning rate: that of biases, scales and shifts, of which there are few and which
  // move whole channels.
  double vector_rate = 1;
  // Per step, times the learning rate, of weights alone (Parameter::decays).
  double weight_decay = 0.01;
};

class Optimizer {
 public:
  Optimizer(const OptimizerOptions& options, const TrainableModel& model);

  // All arrays are TrainableModel::size() long.
  void step(std::span<float> values, std::span<const float> gradient, double learning_rate);

  // What a step depends on besides its arguments. `second` is empty for kSgd.
  struct State {
    std::int64_t steps = 0;
    std::vector<float> first, second;
  };
  const State& state() const { return state_; }
  // Throws std::invalid_argument for arrays of another length.
  void restore(State state);

 private:
  void adam(std::span<float> values, std::span<const float> gradient, std::size_t offset,
            double rate);
  void descend(std::span<float> values, std::span<const float> gradient, std::size_t offset,
               double rate);

  OptimizerOptions options_;
  std::vector<Parameter> parameters_;
  State state_;
};

// Linear from 0 to `peak` in `warm_up` steps, then half a cosine down to `last` at `steps`
// (Loshchilov and Hutter, arXiv:1608.03983, without restarts), where it stays.
struct Schedule {
  double peak = 1e-3, last = 1e-5;
  std::int64_t warm_up = 100, steps = 10000;
  // Of the step with that number, counted from 0.
  double rate(std::int64_t step) const;
};

// Euclidean norm, added up in double precision.
double norm_of(std::span<const float> gradient);
// Scales the gradient to that norm if it is longer; returns the norm that it had. A norm that is
// not finite leaves the gradient as it is.
double clip(std::span<float> gradient, double longest);

// The exponential average of the values: average += (1 - d) * (values - average), where d rises to
// `decay` as (1 + step) / (10 + step), so that the start is soon forgotten.
void average_into(std::span<float> average, std::span<const float> values, double decay,
                  std::int64_t step);

}  // namespace hayago::quant
