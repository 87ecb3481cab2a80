// How far a network's outputs are from what they should be.
#pragma once
#include <span>

#include "quant/train/targets.h"

namespace hayago::quant {

// How much the parts of the loss count. Policy and value weigh most, scores little, as in KataGo's
// own training (arXiv:1902.10565, section 4): a typical error of 10 points costs about as much as
// one of 0.2 nats of the value.
struct LossWeights {
  double policy = 1, value = 1.2, score_mean = 0.0015, score_stdev = 0.001, lead = 0.006,
         ownership = 1.5, variance_time = 0.0003, winloss_error = 2, score_error = 0.001;
  // For students that are to stay what they were (Trainer): see Losses::trunk.
  double trunk = 0;
};

// Errors beyond which a number counts linearly (Huber): points, turns, winrate.
inline constexpr double kScoreMeanKnee = 12, kScoreStdevKnee = 10, kLeadKnee = 8,
                        kVarianceTimeKnee = 50, kWinlossErrorKnee = 0.4, kScoreErrorKnee = 10;

// Sums over positions; the parts without their weights.
struct Losses {
  double policy = 0;      // cross-entropy, nats
  double value = 0;       // cross-entropy, nats
  double score_mean = 0;  // Huber, points squared
  double score_stdev = 0, lead = 0;
  double ownership = 0;                                          // mean square over the board
  double variance_time = 0, winloss_error = 0, score_error = 0;  // Huber
  int positions = 0;
  // How far the trunk is from what it was: the square of the difference behind every block,
  // relative to the square of what was there, mean of the blocks. It tells every layer at every
  // point of the board what to mend (hints: Romero et al., arXiv:1412.6550), where the outputs say
  // little.
  double trunk = 0;

  Losses& operator+=(const Losses& other);
  // Of one position on average.
  Losses mean() const;
  double total(const LossWeights& weights) const;
};

// Raw outputs of one position, or their gradients, where a network's tensors have them: pixels are
// `policy_stride` and `ownership_stride` apart.
template <class T>
struct OutputRow {
  T *policy = nullptr, *pass = nullptr, *value = nullptr, *score = nullptr, *ownership = nullptr;
  std::size_t policy_stride = 1, ownership_stride = 1;
};

// The loss of one position. `mask` (points) is 0 off the board, empty where the board fills the
// buffer. Adds `factor` times the derivatives to `gradient` unless that is null. Networks of two
// policy channels or more learn the same policy in the first two, so that optimism changes nothing;
// outputs without a target (channels 2 and 3 of the policy, whatever is unknown) learn nothing.
Losses position_loss(const nn::NetInfo& net, const TrainingTargets& targets,
                     const OutputRow<const float>& out, std::span<const float> mask,
                     const LossWeights& weights, double factor, const OutputRow<float>* gradient);

}  // namespace hayago::quant
