// What a network's outputs should be.
//
// All is from the view of the player to move, as the network's raw outputs are (spec/02 sections 7,
// 8 and 11): post-processing turns raw outputs into these numbers, but for the factor 1 - (chance
// of no result) that it puts on scores.
#pragma once
#include <vector>

#include "nn/exec/executor.h"
#include "nn/outputs/postprocess.h"

namespace hayago::quant {

// Of one position in a buffer of h x w points. Numbers are finite.
struct TrainingTargets {
  // (h*w + 1), pass last: probabilities of the legal moves, their sum 1 to within 1e-3, and a
  // negative number where a move is not legal, which is everywhere off the board.
  std::vector<float> policy;
  // Win, loss, no result: probabilities, their sum 1 to within 1e-3.
  float value[3] = {};
  // Points, positive if the player to move is ahead; given that there is a result.
  float score_mean = 0, score_stdev = 0, lead = 0;  // score_stdev >= 0
  // Of networks of version 9 and later: turns until the score is settled, and by how much winrate
  // and score will move in the near future (spec/02 section 11.2). At least 0, or -1: unknown, then
  // nothing is learnt.
  float variance_time = -1, winloss_error = -1, score_error = -1;
  // (h*w): -1 to 1, 1 = belongs to the player to move; ignored off the board. Empty if unknown.
  std::vector<float> ownership;
};

// From another network's evaluation.
TrainingTargets targets_of(const nn::NetOutput& output, bool white_to_move);

// A position and what the network should say of it. Both belong to the caller.
struct TrainingExample {
  nn::PositionInput input;
  const TrainingTargets* targets = nullptr;
};

// Throws std::invalid_argument that names `number`, the example's, and what is wrong: arrays of
// another length, numbers that are not finite or out of range, probabilities whose sum is not 1, no
// legal move, or one off the board.
void check_example(const TrainingExample& example, const nn::NetInfo& net, int height, int width,
                   std::size_t number);

}  // namespace hayago::quant
