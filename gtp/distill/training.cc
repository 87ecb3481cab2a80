#include "gtp/distill/training.h"

#include <algorithm>

#include "quant/train/parallel.h"

namespace hayago::gtp {
namespace {

quant::DataOrder::State first_state(const DistillOptions& options) {
  return {options.games.seed, 0, 0};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BatchMaker::BatchMaker(const quant::RecordReader& records, const nn::NetInfo& net, int size,
                       int threads)
    : records_(records), net_(net), size_(size), threads_(threads) {}

std::vector<quant::TrainingExample> BatchMaker::next(quant::DataOrder& order, int batch) {
  const auto n = static_cast<std::size_t>(batch);
  std::vector<quant::DataOrder::Item> items;
  for (std::size_t i = 0; i < n; ++i) items.push_back(order.next());
  positions_.resize(n);
  quant::run_tasks(batch, threads_, [&](int task) {
    const auto i = static_cast<std::size_t>(task);
    const auto record = quant::turned(records_.read(items[i].index), items[i].symmetry);
    positions_[i] = encode(record, net_, size_);
  });
  std::vector<quant::TrainingExample> examples;
  for (const EncodedPosition& position : positions_) examples.push_back(position.example());
  return examples;
}

std::int64_t steps_in(double hours, nn::ModelDesc student, const DistillOptions& options,
                      const quant::RecordReader& records) {
  constexpr int kMeasured = 6;
  constexpr std::int64_t kLeastSteps = 10;
  BatchMaker batches(records, nn::net_info(student), options.games.largest_size(), options.threads);
  quant::Trainer trainer(std::move(student), trainer_options(options, kUsualSteps));
  quant::DataOrder order(records.size(), first_state(options));
  trainer.step(batches.next(order, options.batch));  // the first one is slow
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kMeasured; ++i) trainer.step(batches.next(order, options.batch));
  const double steps = hours * 3600 / (seconds_since(start) / kMeasured);
  return std::max(kLeastSteps, static_cast<std::int64_t>(steps));
}

Training::Training(nn::ModelDesc student, const DistillOptions& options, std::int64_t steps,
                   const WorkFolder& folder, const quant::RecordReader& records, const Judge& judge)
    : options_(options),
      steps_(steps),
      report_every_(options.report_every > 0 ? options.report_every
                                             : std::max<std::int64_t>(1, steps / 50)),
      folder_(folder),
      judge_(judge),
      trainer_(std::move(student), trainer_options(options, steps)),
      order_(records.size(), folder.has_checkpoint() ? trainer_.load_checkpoint(folder.checkpoint())
                                                     : first_state(options)),
      batches_(records, nn::net_info(trainer_.model(quant::WhichWeights::kLatest)),
               options.games.largest_size(), options.threads),
      reports_(folder.reports(trainer_.steps())) {
  if (!reports_.empty()) seconds_before_ = reports_.back().seconds;
}

double Training::seconds() const { return seconds_before_ + seconds_since(start_); }

bool Training::run(const TrainingCallbacks& callbacks) {
  start_ = last_report_ = last_checkpoint_ = Clock::now();
  const auto save = [&] {
    trainer_.save_checkpoint(folder_.checkpoint(), order_.state());
    last_checkpoint_ = Clock::now();
  };
  while (trainer_.steps() < steps_) {
    if (callbacks.stop()) {
      save();
      return false;
    }
    const auto examples = batches_.next(order_, options_.batch);
    const quant::StepReport step = trainer_.step(examples);
    since_report_ += step.losses;
    callbacks.step();
    if (trainer_.steps() % report_every_ == 0 || trainer_.steps() == steps_) {
      make_report(step);
      callbacks.report(reports_);
    }
    if (seconds_since(last_checkpoint_) >= 60 * options_.checkpoint_minutes) save();
  }
  save();
  return true;
}

void Training::make_report(const quant::StepReport& last) {
  TrainingReport report;
  report.step = trainer_.steps();
  report.learning_rate = last.learning_rate;
  report.training = since_report_.mean();
  // Means of the steps were added up: `positions` counts them.
  report.positions_per_second =
      since_report_.positions * options_.batch / std::max(seconds_since(last_report_), 1e-9);
  report.held_out = judge_.judge(trainer_);
  report.seconds = seconds();
  reports_.push_back(report);
  since_report_ = {};
  last_report_ = Clock::now();
}

}  // namespace hayago::gtp
