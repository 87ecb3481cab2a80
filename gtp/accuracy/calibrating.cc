#include "gtp/accuracy/calibrating.h"

#include <numeric>
#include <utility>

namespace hayago::gtp {
namespace {

using search::GameState;

GameState state_before(const SgfGame& record, std::size_t turn) {
  GameState state = initial_state(record);
  for (std::size_t i = 0; i < turn; ++i) {
    if (!play_record_move(state, record.moves[i])) break;
  }
  return state;
}

}  // namespace

std::vector<GamePosition> CalibratingPositions::take(LoadedGame game, std::size_t count) {
  if (game.is_sgf()) turn_record(game, static_cast<int>((game.game.hash ^ seed_) % 8));
  std::vector<std::size_t> turns(game.is_sgf() ? game.record.moves.size() + 1
                                               : game.positions.size());
  std::iota(turns.begin(), turns.end(), 0);
  std::vector<GamePosition> positions;
  for (std::size_t i = 0; i < turns.size() && positions.size() < count; ++i) {
    std::swap(turns[i], turns[i + random_() % (turns.size() - i)]);
    if (!game.is_sgf()) {
      positions.push_back(game.positions[turns[i]]);
      continue;
    }
    const bool passes = one_sided_every_ > 0 && (taken_ + 1) % one_sided_every_ == 0;
    GameState state =
        passes ? one_sided(game.record, turns[i]) : state_before(game.record, turns[i]);
    if (state.is_finished()) continue;
    ++taken_;
    const int move = static_cast<int>(state.moves().size());
    positions.push_back({std::move(state), move});
  }
  return positions;
}

GameState CalibratingPositions::one_sided(const SgfGame& record, std::size_t turn) {
  GameState state = initial_state(record);
  const std::size_t from = random_() % (turn + 1);
  const search::Player passes = random_() % 2 == 0 ? search::Color::kBlack : search::Color::kWhite;
  for (std::size_t i = 0; i < turn; ++i) {
    search::Move move = record.moves[i];
    if (i >= from && move.player == passes) move.loc = search::kPassLoc;
    if (!play_record_move(state, move)) break;
  }
  return state;
}

}  // namespace hayago::gtp
