// How near a student is to its teacher on positions that it does not learn from.
#pragma once
#include <string>
#include <vector>

#include "gtp/distill/examples.h"
#include "nn/model/desc.h"
#include "quant/train/trainer.h"

namespace hayago::gtp {

struct Judgement {
  quant::Losses losses;  // mean of a position
  // The part of the losses above that is the student's, not the teacher's doubt: Kullback-Leibler
  // divergences in nats.
  double policy_divergence = 0, value_divergence = 0;
  double agreement = 0;  // share of positions where the best move is the teacher's
};

// Index in the policy of the most likely legal move.
std::size_t best_target(const quant::TrainingTargets& targets);

class Judge {
 public:
  // At least one position, in buffers of size x size.
  Judge(std::vector<EncodedPosition> positions, int size, int threads);

  // Of the average of the weights.
  Judgement judge(quant::Trainer& trainer) const;
  std::size_t size() const { return positions_.size(); }

 private:
  double agreement(const nn::ModelDesc& student) const;

  std::vector<EncodedPosition> positions_;
  int size_, threads_;
  double policy_entropy_ = 0, value_entropy_ = 0;  // of the targets
};

// Positions per second of all threads together, of a network on the CPU. At least one position.
double measured_speed(const nn::ModelDesc& model, const std::vector<EncodedPosition>& positions,
                      int size, int threads);

}  // namespace hayago::gtp
