// Positions for the benchmarks of board and features.
#pragma once
#include <random>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::bench {

// A seeded game in which most moves are played next to the stones of the last ones, which gives
// chains, captures and ladders.
search::GameState middle_game(unsigned seed, int turns);

// Positions of the built-in 19x19 game of `hayago benchmark`, every tenth turn from 50 to 200.
// Nothing a position computes helps the next one.
std::vector<search::GameState> built_in_positions(const search::Rules& rules);

// What a search does to a state: from each root a tree of 150 playouts, each of which ends in a
// position that was not there before, so that its parent was evaluated by an earlier playout.
struct SearchPaths {
  search::GameState root;
  std::vector<std::vector<search::Loc>> playouts;
};
std::vector<SearchPaths> search_paths(const search::Rules& rules);

}  // namespace hayago::bench
