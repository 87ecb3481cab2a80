// How far one network's evaluations are from another's: what a player would notice.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nn/exec/executor.h"
#include "nn/outputs/postprocess.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// A sample of magnitudes.
class Magnitudes {
 public:
  void add(double value);  // its absolute value
  double mean() const;
  double quantile(double share) const;  // the smallest with that share of the others at or below it

 private:
  mutable std::vector<double> values_;
  mutable bool sorted_ = false;
};

struct Accuracy {
  int positions = 0, other_best_move = 0;
  int near_ties = 0;          // other best moves within 1 % of the best one's probability
  Magnitudes divergence;      // Kullback-Leibler, of the policies
  Magnitudes winrate_points;  // percentage points
  Magnitudes lead_points;     // points on the board
  Magnitudes closeness;       // of other best moves: share of the best one's probability
  double same_best_move() const {
    return positions == 0 ? 0 : 1 - 1.0 * other_best_move / positions;
  }

  void add(const nn::NetOutput& exact, const nn::NetOutput& other);
};

// The network's evaluations of the positions, in their order.
std::vector<nn::NetOutput> evaluate_positions(const nn::Executor& executor, int size,
                                              const std::vector<search::GameState>& positions,
                                              const std::function<void()>& step = {});

// Of equally many evaluations of the same positions.
Accuracy accuracy_of(const std::vector<nn::NetOutput>& exact,
                     const std::vector<nn::NetOutput>& other);

// Both networks have the same inputs and outputs. `step` is called after every evaluation.
Accuracy compare_networks(const nn::Executor& exact, const nn::Executor& other, int size,
                          const std::vector<search::GameState>& positions,
                          const std::function<void()>& step = {});

// Several lines: agreement, and mean, 50, 90, 99 percentile and most of every difference.
std::string accuracy_table(const Accuracy& accuracy);

}  // namespace hayago::gtp
