// A player of a match as the referee sees it. Used by one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtp/match/clock.h"
#include "search/board/game_state.h"
#include "search/eval/evaluator.h"

namespace hayago::gtp {

// The player broke down or broke the protocol: it loses the game. Other exceptions end the match.
class ContestantFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Opening {
  search::Board board;
  search::Player first = search::Color::kBlack;
  std::vector<search::Move> moves;
};

struct GameStart {
  int number = 0;  // of the game, from 0
  Opening opening;
  search::Rules rules;  // with komi
  std::optional<search::TimeControl> time;
};

struct Answer {
  search::Loc move = search::kNullLoc;  // kNullLoc: no point of the board, see `text`
  bool resigns = false;
  std::string text;
  double seconds = 0;  // what the referee charges
  std::int64_t visits = 0;
  std::optional<double> white_win_loss, white_lead;  // the player's opinion, -1 .. 1 and points
};

class Contestant {
 public:
  virtual ~Contestant() = default;
  // A new game, opening included.
  virtual void start(const GameStart& game) = 0;
  // Its move, which it has then played. clock: its own, null without time limits.
  virtual Answer genmove(search::Player color, const RefereeClock* clock) = 0;
  virtual void play(search::Move move) = 0;  // of the opponent
  // White minus Black of the position reached; nullopt if the player cannot tell.
  virtual std::optional<double> score(const search::GameState& state) = 0;
};

// Makes the players of one side, one per game that runs at the same time. Thread-safe.
class ContestantSource {
 public:
  virtual ~ContestantSource() = default;
  virtual std::unique_ptr<Contestant> make() = 0;
  virtual bool is_external() const = 0;
  // For openings; null for external engines.
  virtual std::shared_ptr<search::Evaluator> evaluator() = 0;
};

}  // namespace hayago::gtp
