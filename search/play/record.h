// What a player remembers of the game for its playing decisions (spec/06 section 7).
#pragma once
#include <vector>

#include "search/board/game_state.h"

namespace hayago::search {

// One entry per genmove-type command of either colour since the last position reset (undo, rule
// changes and every set-up command clear it). White's view; plain root averages
// (Engine::root_averages).
struct PlayRecord {
  std::vector<double> win_loss;  // win - loss, -1 .. 1
  std::vector<double> lead;      // points

  void add(double white_win_loss, double white_lead);
  void clear();
  bool empty() const { return win_loss.empty(); }
};

// Points Black is ahead by the set-up of the game (spec/06 section 8), handicap by several first
// black moves included.
double initial_black_advantage(const GameState& state);

}  // namespace hayago::search
