// Positions from quick games of a network against itself: every move is drawn from its policy.
#pragma once
#include <cstdint>
#include <functional>

#include "gtp/accuracy/positions.h"
#include "nn/exec/executor.h"

namespace hayago::gtp {

struct SelfplayOptions {
  int positions = 1000;
  int size = 19;  // of most boards; a quarter of the games is on smaller ones
  bool smaller_boards = true;
  int every_moves = 12;
  std::uint64_t seed = 1;  // the same seed, network and kernels: the same games
  int first_game = 0;      // games are numbered; others have other numbers
};

// Openings are drawn with a higher temperature, komi and rules vary. `step` is called for every
// position that was taken.
PositionSet selfplay_positions(const nn::Executor& executor, const SelfplayOptions& options,
                               const std::function<void()>& step = {});

}  // namespace hayago::gtp
