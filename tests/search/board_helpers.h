// Positions for the tests of board, game state and features.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::test {

// Rows of ".XO" from the top, separated by blanks or newlines.
inline search::Board board_from(const std::string& diagram) {
  std::istringstream in(diagram);
  std::vector<std::string> rows;
  for (std::string row; in >> row;) rows.push_back(row);
  search::Board board(static_cast<int>(rows.at(0).size()), static_cast<int>(rows.size()));
  std::vector<search::Placement> stones;
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      const char c = rows[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
      if (c != '.') {
        const auto color = c == 'X' ? search::Color::kBlack : search::Color::kWhite;
        stones.push_back({board.loc(x, y), color});
      }
    }
  }
  if (board.set_stones_tolerant(stones) != 0) throw std::logic_error("diagram with dead chains");
  return board;
}

// "XX. / .O." of a map or a board.
template <class At>
std::string rows_of(const search::Board& board, const At& at) {
  std::string text;
  for (int y = 0; y < board.y_size(); y++) {
    if (y > 0) text += " / ";
    for (int x = 0; x < board.x_size(); x++) {
      text += ".XO"[static_cast<std::size_t>(at(board.loc(x, y)))];
    }
  }
  return text;
}
inline std::string rows_of(const search::Board& board) {
  return rows_of(board, [&](search::Loc l) { return board.at(l); });
}
inline std::string rows_of(const search::Board& board, const search::AreaMap& map) {
  return rows_of(board, [&](search::Loc l) { return map[static_cast<std::size_t>(l)]; });
}
inline std::string rows_of(const search::Board& board, const search::AreaSets& area) {
  search::AreaMap map;
  search::write_map(area, map);
  return rows_of(board, map);
}

// Makes "B C3 W pass ..." on the state; each must be possible (spec/03 section 6.2).
inline void make_moves(search::GameState& state, const std::string& moves, bool prevent = false) {
  std::istringstream in(moves);
  for (std::string player, point; in >> player >> point;) {
    const auto p = search::parse_player(player);
    const auto l = search::parse_loc(point, state.board());
    if (!p || !l || !state.is_legal_tolerant(*l, *p)) {
      throw std::logic_error("impossible move " + player + " " + point);
    }
    state.make_move(*l, *p, prevent);
  }
}

inline search::Rules rules_from(const std::string& text) {
  const auto parsed = search::parse_rules(text);
  if (!parsed) throw std::logic_error(parsed.error);
  return *parsed.value;
}

inline search::GameState game(int x_size, int y_size, const std::string& rules,
                              const std::string& moves = "", bool prevent = false) {
  search::GameState state(search::Board(x_size, y_size), search::Color::kBlack, rules_from(rules));
  make_moves(state, moves, prevent);
  return state;
}

}  // namespace hayago::test
