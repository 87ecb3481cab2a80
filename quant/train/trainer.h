// Trains a convolutional network to say what it is told to (distillation).
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "nn/model/desc.h"
#include "quant/train/data_order.h"
#include "quant/train/fake_quantization.h"
#include "quant/train/loss.h"
#include "quant/train/optimizer.h"

namespace hayago::quant {

struct TrainerOptions {
  int height = 19, width = 19;  // of the buffer that all positions are in
  // A batch is cut into that many shards, whose gradients are added in order: the same shards give
  // the same bits, however many threads work at them.
  int shards = 2;
  int threads = 2;
  OptimizerOptions optimizer;
  Schedule schedule;
  LossWeights loss;
  double longest_gradient = 5;   // norm to which a longer gradient is scaled down
  double average_decay = 0.999;  // of the average of the weights
  // Layers that compute what they would in int8. LossWeights::trunk compares with the network as it
  // was given, in float.
  std::optional<Int8Training> int8;
};

struct StepReport {
  Losses losses;             // before the step, mean of a position
  double total = 0;          // weighted sum of them
  double gradient_norm = 0;  // before clipping
  double learning_rate = 0;
};

enum class WhichWeights { kLatest, kAverage };

class Trainer {
 public:
  // Throws std::invalid_argument as TrainableModel and FakeQuantization do, and for options out of
  // range.
  Trainer(nn::ModelDesc model, const TrainerOptions& options);
  ~Trainer();

  // One step along the gradient of the mean loss. Nothing has changed when it throws:
  // std::invalid_argument for examples that check_example() refuses or none, std::runtime_error
  // when the loss or its gradient is not finite.
  StepReport step(std::span<const TrainingExample> batch);
  // Mean loss of a position. Throws as step() does.
  Losses evaluate(std::span<const TrainingExample> examples, WhichWeights which);

  std::int64_t steps() const;  // done so far
  // To be saved (nn/model/write.h). Valid until the next call.
  const nn::ModelDesc& model(WhichWeights which);
  // The same, to keep. Nothing else may be called afterwards.
  nn::ModelDesc release(WhichWeights which);
  std::span<const float> values(WhichWeights which) const;
  // TrainerOptions::int8 with the integers of these weights; only where it was given.
  nn::Precision precision(WhichWeights which) const;

  // All that later steps depend on but for the options and the positions themselves, in one
  // safetensors file: weights, their average, moments, number of steps, and where in the data one
  // is. All or nothing: written to another name, then renamed. Throws nn::ModelError.
  void save_checkpoint(const std::string& path, const DataOrder::State& order) const;
  // Goes on from there: with the same options and positions the bits are those of a run that was
  // never interrupted. Throws nn::ModelError for a file that is damaged, or of another architecture
  // or optimizer; nothing has changed then.
  DataOrder::State load_checkpoint(const std::string& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
