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

// Between two evaluations of one position.
struct Difference {
  bool same_best_move = true;
  double closeness = 1;       // the other best move's share of the best one's probability
  double divergence = 0;      // Kullback-Leibler, of the policies, in nats
  double winrate_points = 0;  // percentage points, without sign; no result counts as half
  double lead_points = 0;     // points on the board, without sign
  double ownership = 0;       // mean over the board's points of differences in -1 .. 1
};
Difference difference_of(const nn::NetOutput& exact, const nn::NetOutput& other);
std::size_t best_move(const nn::NetOutput& output);  // index in the policy

struct Accuracy {
  int positions = 0, other_best_move = 0;
  int near_ties = 0;  // other best moves within 1 % of the best one's probability
  // As in Difference.
  Magnitudes divergence, winrate_points, lead_points, ownership;
  Magnitudes closeness;  // of other best moves
  double same_best_move() const {
    return positions == 0 ? 0 : 1 - 1.0 * other_best_move / positions;
  }

  void add(const Difference& difference);
  void add(const nn::NetOutput& exact, const nn::NetOutput& other) {
    add(difference_of(exact, other));
  }
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
