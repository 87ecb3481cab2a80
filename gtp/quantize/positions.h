// Positions from game records, split by game into those that calibrate and those that judge.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::gtp {

struct PositionOptions {
  int size = 19;           // games on other boards are left out
  int calibrate = 1000;    // positions
  int evaluate = 2000;     // positions of other games
  int every_moves = 12;    // neighbouring positions say the same
  std::uint64_t seed = 1;  // of the order of the games
};

struct PositionSets {
  std::vector<search::GameState> calibrate, evaluate;
  int calibrate_games = 0, evaluate_games = 0;
  int other_sizes = 0;                // games left out
  std::vector<std::string> warnings;  // files that could not be read
};

// Sources are SGF files and folders, which are searched for *.sgf. Of the games in random order the
// first third calibrates, or as many as are needed; no game serves both. Throws std::runtime_error
// for a source that does not exist and if no position was found.
PositionSets read_positions(const std::vector<std::string>& sources,
                            const PositionOptions& options);

}  // namespace hayago::gtp
