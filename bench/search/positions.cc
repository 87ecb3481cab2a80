#include "bench/search/positions.h"

#include <cmath>
#include <string_view>
#include <utility>

namespace hayago::bench {
namespace {

using namespace hayago::search;

constexpr int kPlayouts = 150;

std::string_view built_in_game() {
#define HAYAGO_SAMPLE_GAME(size, moves) std::pair<int, std::string_view>{size, moves},
  static constexpr std::pair<int, std::string_view> kGames[] = {
#include "gtp/benchmark/games.inc"
  };
#undef HAYAGO_SAMPLE_GAME
  for (const auto& [size, moves] : kGames) {
    if (size == 19) return moves;
  }
  return {};
}

// Near the last move three times out of four.
Loc candidate(const Board& board, Loc last, std::mt19937& random) {
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  if (last > kPassLoc && random() % 4 != 0) {
    const int x = board.x_of(last) + pick(5) - 2, y = board.y_of(last) + pick(5) - 2;
    if (x >= 0 && x < board.x_size() && y >= 0 && y < board.y_size()) return board.loc(x, y);
  }
  return board.loc(pick(board.x_size()), pick(board.y_size()));
}

// Neither an own eye nor illegal.
bool is_sensible(const GameState& state, Loc l) {
  const Player p = state.next_player();
  const Board& board = state.board();
  return state.is_legal(l, p) &&
         (board.is_adjacent_to(l, Color::kEmpty) || board.is_adjacent_to(l, opponent(p)));
}

struct TreeNode {
  int visits = 0;
  std::vector<std::pair<Loc, std::size_t>> children;
};

// A new move while there are fewer than about sqrt(visits) of them, else an old one, the first
// ones most often.
std::size_t choose_child(const TreeNode& node, std::mt19937& random) {
  const auto allowed = static_cast<std::size_t>(std::sqrt(node.visits)) + 1;
  if (node.children.size() < allowed) return node.children.size();
  std::size_t i = 0;
  while (i + 1 < node.children.size() && random() % 2 == 0) i++;
  return i;
}

// One playout: moves to a position that is new in the tree.
std::vector<Loc> play_out(std::vector<TreeNode>& tree, GameState state, std::mt19937& random) {
  std::vector<Loc> moves;
  std::size_t at = 0;
  for (;;) {
    tree[at].visits++;
    const std::size_t i = choose_child(tree[at], random);
    const bool is_new = i == tree[at].children.size();
    if (is_new) {
      const Loc last = state.moves().empty() ? kNullLoc : state.moves().back().loc;
      Loc l = kPassLoc;
      for (int tries = 0; tries < 100 && l == kPassLoc; tries++) {
        const Loc c = candidate(state.board(), last, random);
        if (is_sensible(state, c)) l = c;
      }
      tree[at].children.push_back({l, tree.size()});
      tree.emplace_back();
    }
    const auto [move, child] = tree[at].children[i];
    moves.push_back(move);
    if (is_new) return moves;
    state.make_move(move, state.next_player());
    at = child;
  }
}

}  // namespace

GameState middle_game(unsigned seed, int turns) {
  std::mt19937 random(seed);
  GameState state(Board(19, 19), Color::kBlack, *parse_rules("japanese").value);
  Loc last = kNullLoc;
  for (int tries = 0; tries < 20 * turns && static_cast<int>(state.moves().size()) < turns;
       tries++) {
    const Loc l = candidate(state.board(), last, random);
    if (!is_sensible(state, l)) continue;
    state.make_move(l, state.next_player());
    last = l;
  }
  return state;
}

std::vector<GameState> built_in_positions(const Rules& rules) {
  const std::string_view game = built_in_game();
  GameState state(Board(19, 19), Color::kBlack, rules);
  std::vector<GameState> out;
  for (std::size_t i = 0; i + 1 < game.size() && i / 2 <= 200; i += 2) {
    if (i / 2 >= 50 && i / 2 % 10 == 0) out.push_back(state);
    state.make_move(state.board().loc(game[i] - 'a', game[i + 1] - 'a'), state.next_player());
  }
  return out;
}

std::vector<SearchPaths> search_paths(const Rules& rules) {
  std::mt19937 random(11);
  std::vector<SearchPaths> out;
  const std::vector<GameState> roots = built_in_positions(rules);
  for (std::size_t i = 1; i < roots.size(); i += 3) {
    SearchPaths paths{roots[i], {}};
    std::vector<TreeNode> tree(1);
    for (int n = 0; n < kPlayouts; n++) paths.playouts.push_back(play_out(tree, roots[i], random));
    out.push_back(std::move(paths));
  }
  return out;
}

}  // namespace hayago::bench
