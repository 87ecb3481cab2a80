// A quick game of the teacher against itself, which leaves positions that the teacher has judged.
#pragma once
#include <random>
#include <vector>

#include "gtp/distill/game_plan.h"
#include "nn/outputs/postprocess.h"
#include "quant/train/position_record.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

class TeacherGame {
 public:
  // Everything that is random follows from the plan's seed and the number of the game.
  // `model_version` is the teacher's: rules are those that it knows.
  TeacherGame(const GamePlan& plan, int number, int size, int model_version);

  const search::GameState& state() const { return state_; }
  bool is_over() const;
  // Keeps the position, perhaps, and makes the next move. `output` is the teacher's, of state().
  void play(const nn::NetOutput& output);
  std::vector<quant::PositionRecord> take() { return std::move(kept_); }

 private:
  search::Loc next_move(const nn::NetOutput& output);

  const GamePlan& plan_;
  std::mt19937_64 random_;
  search::GameState state_;
  int opening_moves_ = 0;
  double temperature_ = 1;
  std::vector<quant::PositionRecord> kept_;
};

// `output` is of a buffer as large as the board.
quant::PositionRecord record_of(const search::GameState& state, const nn::NetOutput& output);
// The position again, moves and all. Throws std::invalid_argument for rules that cannot be read and
// moves that are not legal.
search::GameState state_of(const quant::PositionRecord& record);

}  // namespace hayago::gtp
