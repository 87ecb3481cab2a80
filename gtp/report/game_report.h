// What an analysis says about the moves of a game.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::gtp {

// Values of one position, Black's view.
struct PositionValue {
  double black_winrate = 0.5, black_lead = 0;
  std::int64_t visits = 0;
  search::Loc best = search::kNullLoc;  // kNullLoc: none
  std::vector<search::Loc> pv;          // starts with best
};

// A move is marked by what it lost against the best move, in points or, if at least one point went
// with it, in winning chances:
//   ?    inaccuracy   from  2 points or  5 %
//   ??   mistake      from  5 points or 12 %
//   ???  blunder      from 10 points or 25 %
enum class Verdict { kGood, kInaccuracy, kMistake, kBlunder };
Verdict judge(double points_lost, double winrate_lost);
std::string verdict_mark(Verdict verdict);  // "", "?", "??", "???"

struct MoveVerdict {
  int number = 0;  // 1-based
  search::Move move;
  PositionValue before, after;
  double points_lost = 0, winrate_lost = 0;  // >= 0, mover's view; 0 for the best move
  Verdict verdict = Verdict::kGood;
};

struct PlayerSummary {
  int moves = 0;
  double mean_points_lost = 0, mean_winrate_lost = 0;
  int best_moves = 0;              // played as the engine would
  std::array<int, 4> verdicts{};   // by Verdict
  std::vector<std::size_t> worst;  // indices into GameReport::moves, worst first, at most 5
};

struct GameReport {
  search::Board board = search::Board(19, 19);  // size, for texts
  std::vector<MoveVerdict> moves;
  PlayerSummary black, white;
};

// `values` are those of the positions before moves[0] and after each of the moves:
// values.size() == moves.size() + 1. `first_number` is the number of moves[0].
GameReport make_game_report(const search::Board& board, const std::vector<search::Move>& moves,
                            const std::vector<PositionValue>& values, int first_number);

}  // namespace hayago::gtp
