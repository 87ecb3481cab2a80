#include "gtp/benchmark/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "gtp/config/config.h"
#include "gtp/sgf/sgf.h"

namespace hayago::gtp {

using search::GameState;
using search::Move;

namespace {

// A turn number for each i, all turns equally often; deterministic on every machine.
std::vector<std::size_t> shuffled_turns(std::size_t turns) {
  std::vector<std::size_t> order(turns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint64_t random = 0x6861796167;
  for (std::size_t i = turns; i > 1; --i) {
    random = search::mix64(random);
    std::swap(order[i - 1], order[random % i]);
  }
  return order;
}

std::vector<GameState> replay(GameState state, const std::vector<Move>& moves) {
  std::vector<GameState> positions;
  for (const Move& move : moves) {
    positions.push_back(state);
    if (!state.is_legal_tolerant(move.loc, move.player)) break;
    state.make_move(move.loc, move.player);
    if (state.is_finished()) break;
  }
  return positions;
}

}  // namespace

std::vector<GameState> sample_positions(int size) {
  GameState state(search::Board(size, size), search::Color::kBlack, search::Rules{});
  const std::string_view game = sample_game(size);
  std::vector<Move> moves;
  search::Player player = search::Color::kBlack;
  for (std::size_t i = 0; i + 1 < game.size(); i += 2) {
    moves.push_back({state.board().loc(game[i] - 'a', game[i + 1] - 'a'), player});
    player = search::opponent(player);
  }
  return replay(state, moves);
}

std::vector<GameState> sgf_positions(const std::string& path) {
  SgfGame game = load_sgf_game(path);
  const float komi = game.rules.komi;
  game.rules = search::Rules{};
  game.rules.komi = komi;
  std::vector<GameState> positions = replay(initial_state(game), game.moves);
  if (positions.empty()) {
    throw ConfigError(fmt::format("-sgf {}: the game has no moves to take positions from", path));
  }
  return positions;
}

std::vector<GameState> choose_positions(const std::vector<GameState>& all, int count) {
  const std::vector<std::size_t> order = shuffled_turns(all.size());
  std::vector<std::size_t> turns;
  for (int i = 0; i < count; ++i) {
    turns.push_back(order[static_cast<std::size_t>(i) % order.size()]);
  }
  std::sort(turns.begin(), turns.end());
  std::vector<GameState> result;
  for (const std::size_t turn : turns) result.push_back(all[turn]);
  return result;
}

}  // namespace hayago::gtp
