// Positions from games, split by game into those that calibrate and those that judge.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gtp/accuracy/source_games.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// Where a position is from: index in PositionSet::games, and the number of moves before it.
struct PositionOrigin {
  int game = 0, move = 0;
};

struct PositionSet {
  std::vector<search::GameState> states;
  std::vector<PositionOrigin> origins;  // of the states
  std::vector<SourceGame> games;        // those with a position here

  std::size_t size() const { return states.size(); }
  bool empty() const { return states.empty(); }
  int largest_edge() const;  // of all boards; 0 without positions
  void append(PositionSet other);
};

struct PositionOptions {
  int size = 19;             // games on other boards are left out; 0: all sizes
  int calibrate = 1000;      // positions
  int evaluate = 2000;       // positions of other games
  int every_moves = 12;      // of those that judge: neighbouring positions say the same
  int evaluate_every = 0;    // that, where every_moves is of self-play only; 0: every_moves
  int one_sided_every = 16;  // of those that calibrate, one in so many; 0: none
  std::uint64_t seed = 1;    // of the order of the games and of all that is random in calibrating
};

struct PositionSets {
  PositionSet calibrate, evaluate;
  int other_sizes = 0, duplicates = 0;  // games left out
  std::vector<std::string> warnings;    // files and lines that could not be read
};

// Sources as find_games() has them. Of the games in random order the first third calibrates, or one
// game per position if that is fewer; the others judge. With `evaluate_sources` all of `sources`
// calibrate, and those judge. No game serves twice, under whatever name. Positions that calibrate
// are spread evenly over their games (CalibratingPositions). Throws std::runtime_error for a source
// that does not exist and if no position to calibrate with was found.
PositionSets read_positions(const std::vector<std::string>& sources, const PositionOptions& options,
                            const std::vector<std::string>& evaluate_sources = {});

// All games judge; options.evaluate positions at most. Throws if there are none.
PositionSets read_evaluation_positions(const std::vector<std::string>& sources,
                                       const PositionOptions& options);

}  // namespace hayago::gtp
