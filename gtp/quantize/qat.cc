#include "gtp/quantize/qat.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "gtp/quantize/teacher_batches.h"
#include "quant/train/trainer.h"

namespace hayago::gtp {
namespace {

quant::TrainerOptions trainer_options(const QatOptions& options, const quant::Int8Training& int8,
                                      int size, int threads) {
  quant::TrainerOptions trainer;
  trainer.height = trainer.width = size;
  trainer.threads = threads;
  // A number of its own, so that the result does not depend on the machine's.
  trainer.shards = std::min(options.batch, 8);
  trainer.int8 = int8;
  // The network is where it should be but for rounding: there is nothing to decay, the moments of
  // gradients that become small must follow soon, and what moves a whole channel (biases, scales,
  // shifts) makes up for most of what rounding has moved.
  trainer.optimizer.weight_decay = 0;
  trainer.optimizer.beta2 = 0.99;
  trainer.optimizer.vector_rate = 10;
  // About as much as what is lost at the outputs.
  trainer.loss.trunk = 300;
  trainer.schedule.peak = options.rate;
  trainer.schedule.last = options.rate / 100;
  trainer.schedule.steps = options.steps;
  trainer.schedule.warm_up = std::min(50, options.steps / 10);
  trainer.average_decay = std::max(0.0, 1 - 30.0 / options.steps);
  return trainer;
}

std::string row(const char* name, const Accuracy& a) {
  return fmt::format("{:<24}{:>9.2f} %{:>13.5f}{:>12.3f} points{:>12.2f} points\n", name,
                     100 * a.same_best_move(), a.divergence.mean(), a.winrate_points.mean(),
                     a.winrate_points.quantile(0.99));
}

}  // namespace

TrainedInt8 train_int8(const nn::ModelDesc& teacher, nn::ModelDesc student,
                       const quant::Int8Training& int8, const QatOptions& options, int size,
                       const std::vector<search::GameState>& positions,
                       const std::function<void()>& step) {
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  quant::Trainer trainer(std::move(student), trainer_options(options, int8, size, threads));
  TeacherBatches batches(teacher, size, positions, options.seed, options.batch, threads);
  for (int i = 0; i < options.steps; ++i) {
    trainer.step(batches.next());
    step();
  }
  nn::Precision precision = trainer.precision(quant::WhichWeights::kAverage);
  return {trainer.release(quant::WhichWeights::kAverage), std::move(precision)};
}

std::string before_and_after(const Accuracy& before, const Accuracy& after) {
  std::string text = fmt::format("{:<24}{:>11}{:>13}{:>19}{:>19}\n", "int8 against float",
                                 "best move", "policy KL", "winrate, mean", "99 of 100");
  text += row("rounded", before) + row("trained", after);
  const double lost = before.divergence.mean();
  if (lost > 0) {
    text += fmt::format("Training takes away {:.1f} % of the divergence\n",
                        100 * (1 - after.divergence.mean() / lost));
  }
  return text;
}

}  // namespace hayago::gtp
