#include "search/memory/pattern_bonus.h"

#include <utility>

namespace hayago::search {
namespace {

constexpr int kReach = 4;  // 9x9 points
constexpr int kSymmetries = 8;

Color seen_color(Color color, bool swap) {
  return swap && color != Color::kEmpty ? opponent(color) : color;
}

// Flips first, then the transposition, as everywhere (nn/outputs).
std::pair<int, int> turned(int x, int y, int symmetry) {
  if ((symmetry & 1) != 0) y = -y;
  if ((symmetry & 2) != 0) x = -x;
  if ((symmetry & 4) != 0) std::swap(x, y);
  return {x, y};
}

Hash128 hash_of(std::uint64_t fact) {
  return {mix64(fact ^ 0x243F6A8885A308D3ULL), mix64(fact ^ 0x13198A2E03707344ULL)};
}

// Mover and place on the turned board, and its size.
Hash128 place_key(const Board& board, Loc move, Player mover, int symmetry) {
  const auto [width, height] = turned(board.x_size(), board.y_size(), symmetry & 4);
  const Loc place = board.transformed_loc(move, symmetry);
  return hash_of(std::uint64_t{1} << 40 | static_cast<std::uint64_t>(width) << 32 |
                 static_cast<std::uint64_t>(height) << 24 | static_cast<std::uint64_t>(place) << 4 |
                 static_cast<std::uint64_t>(mover));
}

}  // namespace

std::optional<Hash128> pattern_key(const Board& before, Loc move, Player mover,
                                   const PatternView& view) {
  if (!before.on_board(move) || before.would_be_ko_capture(move, mover)) return std::nullopt;
  Hash128 key = place_key(before, move, seen_color(mover, view.swap_colors), view.symmetry);
  const int x0 = before.x_of(move), y0 = before.y_of(move);
  // A sum of stones, so that their order, which symmetries change, does not matter. Points off the
  // board and empty ones need no part: the place tells them apart.
  for (int dy = -kReach; dy <= kReach; ++dy) {
    for (int dx = -kReach; dx <= kReach; ++dx) {
      const int x = x0 + dx, y = y0 + dy;
      if (x < 0 || x >= before.x_size() || y < 0 || y >= before.y_size()) continue;
      const Loc l = before.loc(x, y);
      const Color color = seen_color(before.at(l), view.swap_colors);
      if (color == Color::kEmpty) continue;
      const auto [tx, ty] = turned(dx, dy, view.symmetry);
      const auto cell = static_cast<std::uint64_t>((ty + kReach) * 16 + tx + kReach);
      key ^= hash_of(cell << 4 | static_cast<std::uint64_t>(color) |
                     (before.liberties(l) == 1 ? 4u : 0u));
    }
  }
  return key;
}

void for_each_view(const Board& before, const Move& move,
                   const std::function<void(const Hash128& key, Player mover)>& use) {
  for (const bool swap : {false, true}) {
    for (int symmetry = 0; symmetry < kSymmetries; ++symmetry) {
      const auto key = pattern_key(before, move.loc, move.player, {symmetry, swap});
      if (key) use(*key, seen_color(move.player, swap));
    }
  }
}

PatternTable patterns_of_game(const GameState& state, Player player, double utility) {
  const double for_white = -sign_for_white(player) * utility;
  PatternTable table;
  GameState replay = state.before_first_move();
  for (std::size_t i = 0; i < state.moves().size(); ++i) {
    const Move& move = state.moves()[i];
    if (move.player == player) {
      for (int symmetry = 0; symmetry < kSymmetries; ++symmetry) {
        // Swapped colours would make it a pattern of the opponent, which nobody looks up.
        const auto key = pattern_key(replay.board(), move.loc, player, {.symmetry = symmetry});
        if (key && table.utility(*key) == 0) table.add(*key, for_white);
      }
    }
    replay.make_move(move.loc, move.player, state.prevent_flags()[i]);
  }
  return table;
}

}  // namespace hayago::search
