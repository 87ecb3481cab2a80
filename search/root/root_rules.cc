#include "search/root/root_rules.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace hayago::search {
namespace {

// Beyond this a point is certain to belong to somebody.
constexpr double kCertain = 0.95;

bool is_symmetric(const GameState& state, int symmetry) {
  const Board& board = state.board();
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      const Loc image = board.transformed_loc(l, symmetry);
      if (board.at(l) != board.at(image)) return false;
      if (state.phase() > 0 && state.ko_recap_blocked(l) != state.ko_recap_blocked(image)) {
        return false;
      }
      if (state.phase() == 2 && state.second_phase_start(l) != state.second_phase_start(image)) {
        return false;
      }
    }
  }
  return true;
}

void find_symmetries(SearchContext& c) {
  c.root_symmetries = {0};
  const Board& board = c.root_state.board();
  if (!c.params.root_symmetry_pruning || board.ko_loc() != kNullLoc ||
      c.root_state.any_superko_banned()) {
    return;
  }
  const int count = board.x_size() == board.y_size() ? 8 : 4;
  for (int symmetry = 1; symmetry < count; ++symmetry) {
    if (is_symmetric(c.root_state, symmetry)) c.root_symmetries.push_back(symmetry);
  }
}

// The first point met is kept: Black looks from the right and from the top, White the other way.
void ban_symmetric_duplicates(SearchContext& c) {
  const Board& board = c.root_state.board();
  const bool black = c.root_player == Color::kBlack;
  for (int i = 0; i < board.x_size(); ++i) {
    for (int j = 0; j < board.y_size(); ++j) {
      const Loc l =
          board.loc(black ? board.x_size() - 1 - i : i, black ? j : board.y_size() - 1 - j);
      if (c.avoided(c.root_player, l, 0) || c.root_banned.test(static_cast<std::size_t>(l))) {
        continue;
      }
      for (const int symmetry : c.root_symmetries) {
        const Loc image = board.transformed_loc(l, symmetry);
        if (image != l) c.root_banned.set(static_cast<std::size_t>(image));
      }
    }
  }
}

// The opponent has passed four times in a row.
bool opponent_keeps_passing(const SearchContext& c) {
  const auto& moves = c.root_state.moves();
  if (moves.size() < 7) return false;
  for (const std::size_t back : {1, 3, 5, 7}) {
    const Move& move = moves[moves.size() - back];
    if (move.loc != kPassLoc || move.player != opponent(c.root_player)) return false;
  }
  return true;
}

void ban_useless_moves(SearchContext& c) {
  const Board& board = c.root_state.board();
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const auto l = static_cast<std::size_t>(board.loc(x, y));
      if (c.safe_area[l] != Color::kEmpty) c.root_banned.set(l);
    }
  }
}

// An own point whose stones next to it are two chains that are not safe: connecting may matter.
bool connects_unsafe_stones(const SearchContext& c, Loc l) {
  const Board& board = c.root_state.board();
  const Player player = c.root_player;
  if (board.at(l) != Color::kEmpty || c.safe_area[static_cast<std::size_t>(l)] == player) {
    return false;
  }
  bool unsafe = false, several = false;
  Loc first_head = kNullLoc;
  for (const Loc offset : board.neighbour_offsets()) {
    const Loc next = static_cast<Loc>(l + offset);
    if (board.at(next) != player) continue;
    if (c.safe_area[static_cast<std::size_t>(next)] == Color::kEmpty) unsafe = true;
    const Loc head = board.chain_head(next);
    if (first_head == kNullLoc) first_head = head;
    if (head != first_head) several = true;
  }
  return unsafe && several;
}

// Bonus in the root player's view.
double bonus_of_point(const SearchContext& c, Loc l, bool area_like) {
  const Board& board = c.root_state.board();
  if (board.ko_loc() != kNullLoc) return 0;
  const auto pos = static_cast<std::size_t>(c.pos(l));
  const double own = c.root_player == Color::kWhite ? c.root_output->ownership[pos]
                                                    : -c.root_output->ownership[pos];
  const double points = c.params.root_ending_bonus_points;
  if (own <= -kCertain) {
    if (area_like && board.would_be_capture(l, c.root_player)) return 0;
    return -points * (-kCertain - own) / (1 - kCertain);
  }
  if (own >= kCertain && !board.is_adjacent_to(l, opponent(c.root_player)) &&
      !connects_unsafe_stones(c, l)) {
    return -points * (own - kCertain) / (1 - kCertain);
  }
  return 0;
}

}  // namespace

void ban_root_moves(SearchContext& c) {
  c.root_banned.reset();
  find_symmetries(c);
  if (c.root_symmetries.size() > 1) ban_symmetric_duplicates(c);
  if (c.params.root_prune_useless_moves && opponent_keeps_passing(c)) ban_useless_moves(c);
}

void set_ending_bonus(SearchContext& c) {
  c.ending_bonus.fill(0);
  const double points = c.params.root_ending_bonus_points;
  if (points == 0 || c.root_output == nullptr || c.root_output->ownership.empty()) return;
  const GameState& state = c.root_state;
  const bool area_like = state.rules().scoring == ScoringRule::kArea || state.phase() == 2;
  const double sign = sign_for_white(c.root_player);
  const Board& board = state.board();
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      c.ending_bonus[static_cast<std::size_t>(l)] = sign * bonus_of_point(c, l, area_like);
    }
  }
  double pass_bonus = 0;
  if (!area_like) {
    pass_bonus = -points * 2.0 / 3.0;
  } else if (state.has_button()) {
    pass_bonus = -0.5 * points;
  }
  c.ending_bonus[static_cast<std::size_t>(kPassLoc)] = sign * pass_bonus;
}

namespace {

// An edge that shows that filling is at least as good as passing.
bool is_worth_filling(const SearchContext& c, const EdgeView& edge, const EdgeView& pass) {
  if (edge.move == kPassLoc) return false;
  const Board& board = c.root_state.board();
  const double sign = sign_for_white(c.root_player);
  const auto ownership = [&](Loc l) {
    return sign * c.root_output->ownership[static_cast<std::size_t>(c.pos(l))];
  };
  if (ownership(edge.move) < -kCertain) {
    bool next_to_own = false;
    for (const Loc offset : board.neighbour_offsets()) {
      const Loc next = static_cast<Loc>(edge.move + offset);
      next_to_own = next_to_own || (board.on_board(next) && ownership(next) > kCertain);
    }
    if (!next_to_own) return false;
  }
  if (edge.weight <= 1e-10) return false;
  if (edge.edge_visits <= 500 && edge.weight <= 2 * std::sqrt(pass.weight)) return false;
  return sign * edge.stats.utility > sign * pass.stats.utility - 0.1 &&
         sign * edge.stats.score_mean > sign * pass.stats.score_mean - 0.5 &&
         sign * edge.stats.lead > sign * pass.stats.lead - 0.5;
}

}  // namespace

bool suppresses_pass(const SearchContext& c, const Node& root) {
  const GameState& state = c.root_state;
  if (!c.params.fill_dame_before_pass || state.rules().scoring != ScoringRule::kTerritory ||
      state.phase() != 0 || c.root_output == nullptr || c.root_output->ownership.empty()) {
    return false;
  }
  std::optional<EdgeView> pass;
  root.for_each_edge([&](Edge& edge) {
    if (edge.move == kPassLoc) pass = view_edge(edge);
  });
  if (!pass || pass->stats.visits <= 0 || pass->weight <= 1e-10) return false;
  bool suppress = false;
  root.for_each_edge(
      [&](Edge& edge) { suppress = suppress || is_worth_filling(c, view_edge(edge), *pass); });
  return suppress;
}

}  // namespace hayago::search
