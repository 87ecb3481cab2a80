// Steps, reports and checkpoints of a student's training.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "gtp/distill/judge.h"
#include "gtp/distill/options.h"
#include "gtp/distill/training_report.h"
#include "gtp/distill/work_folder.h"
#include "quant/train/data_order.h"
#include "quant/train/record_file.h"
#include "quant/train/trainer.h"

namespace hayago::gtp {

// Batches of recorded positions in a buffer of size x size, encoded on several threads.
class BatchMaker {
 public:
  BatchMaker(const quant::RecordReader& records, const nn::NetInfo& net, int size, int threads);
  // Valid until the next call.
  std::vector<quant::TrainingExample> next(quant::DataOrder& order, int batch);

 private:
  const quant::RecordReader& records_;
  nn::NetInfo net_;
  int size_, threads_;
  std::vector<EncodedPosition> positions_;
};

// How many steps take so long on this machine, measured at a few. The student is thrown away.
std::int64_t steps_in(double hours, nn::ModelDesc student, const DistillOptions& options,
                      const quant::RecordReader& records);

struct TrainingCallbacks {
  std::function<bool()> stop;  // asked before every step
  std::function<void()> step;  // after every step
  // After every report, with all so far.
  std::function<void(const std::vector<TrainingReport>&)> report;
};

class Training {
 public:
  // Goes on from the folder's checkpoint, if there is one. The rest must live as long.
  Training(nn::ModelDesc student, const DistillOptions& options, std::int64_t steps,
           const WorkFolder& folder, const quant::RecordReader& records, const Judge& judge);

  // To the last step, or until asked to stop; false then. A checkpoint is left in both cases.
  bool run(const TrainingCallbacks& callbacks);

  std::int64_t steps_done() const { return trainer_.steps(); }
  const std::vector<TrainingReport>& reports() const { return reports_; }
  const nn::ModelDesc& student() { return trainer_.model(quant::WhichWeights::kAverage); }

 private:
  using Clock = std::chrono::steady_clock;

  void make_report(const quant::StepReport& last);
  double seconds() const;  // of training, those before an interruption included

  const DistillOptions& options_;
  std::int64_t steps_, report_every_;
  const WorkFolder& folder_;
  const Judge& judge_;
  quant::Trainer trainer_;
  quant::DataOrder order_;
  BatchMaker batches_;
  std::vector<TrainingReport> reports_;
  quant::Losses since_report_;
  Clock::time_point start_, last_report_, last_checkpoint_;
  double seconds_before_ = 0;
};

}  // namespace hayago::gtp
