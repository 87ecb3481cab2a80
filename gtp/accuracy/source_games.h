// Games that positions are taken from: records (SGF), queries of the analysis protocol and position
// lines of `hayago features` (JSON lines).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gtp/sgf/sgf.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

struct SourceGame {
  std::string name;        // file, and line within it
  std::uint64_t hash = 0;  // game_hash()
};

// The same for copies of a game under other names, and for copies that end early: from the board's
// size, the stones before the first move and the first 40 moves. Komi and rules do not count.
std::uint64_t game_hash(const search::Board& start, std::span<const search::Move> moves);

// A position and the number of moves before it.
struct GamePosition {
  search::GameState state;
  int move = 0;
};

// Where a game is. SGF files are read when the game is used, JSON lines at once, as lines of one
// game belong together.
struct GameRecord {
  std::string file;
  SourceGame game;                      // JSON lines only
  std::vector<GamePosition> positions;  // JSON lines only
  bool is_sgf() const { return game.name.empty(); }
};

// Sources are SGF files, JSON lines (*.jsonl, *.jsonl.gz) and folders, which are searched for
// *.sgf. In the order of their names. Lines that cannot be read are named in `warnings`. Lines of
// which one's moves begin with the other's moves are one game. Throws std::runtime_error for a
// source that does not exist or cannot be read.
std::vector<GameRecord> find_games(const std::vector<std::string>& sources,
                                   std::vector<std::string>& warnings);

// A game that was read.
struct LoadedGame {
  SourceGame game;
  int x_size = 0, y_size = 0;
  SgfGame record;                       // SGF only
  std::vector<GamePosition> positions;  // JSON lines only: what they ask for
  bool is_sgf() const { return positions.empty(); }
};

// Throws SgfError.
LoadedGame load_game(const GameRecord& record);

// As if the record had been played in a mirror or turned.
void turn_record(LoadedGame& game, int symmetry);

// Every n-th position of a record that has not ended, the first of them at a number that depends on
// the game, so that both colours are to move; all positions that JSON lines ask for.
std::vector<GamePosition> regular_positions(const LoadedGame& game, int every_moves);

}  // namespace hayago::gtp
