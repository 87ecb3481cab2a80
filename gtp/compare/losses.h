// How well a network predicts what searches and games came to (gtp/npz/training_set.h).
#pragma once
#include <functional>

#include "gtp/npz/training_set.h"
#include "nn/exec/executor.h"

namespace hayago::gtp {

// Means over positions, in nats.
struct Losses {
  int positions = 0;  // with a value; those with a policy may be fewer
  int policy_positions = 0;
  double policy = 0;          // cross entropy of the search's visits
  double policy_floor = 0;    // entropy of the visits: what a perfect network would have
  double value = 0;           // cross entropy of win, loss and no result of the game
  double same_best_move = 0;  // share of positions whose most visited move is the policy's best
};

// False for networks of other input versions or with other inputs.
bool can_measure_losses(const nn::NetInfo& net);

// The policy is that of the points on the board, legal or not, as in training. `step` is called
// after every position, from any thread. Requires can_measure_losses().
Losses measure_losses(const nn::Executor& executor, const TrainingSet& set, int threads,
                      const std::function<void()>& step = {});

}  // namespace hayago::gtp
