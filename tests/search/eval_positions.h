// Small positions for the tests of the evaluator and of the playing decisions.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::test {

// Moves like "E5 pass C3", alternating from the player to move; legality is checked.
inline void play_moves(search::GameState& state, const std::string& moves) {
  std::istringstream in(moves);
  for (std::string word; in >> word;) {
    const auto loc = search::parse_loc(word, state.board());
    if (!loc || !state.is_legal(*loc, state.next_player())) {
      throw std::logic_error("illegal test move " + word);
    }
    state.make_move(*loc, state.next_player());
  }
}

inline search::GameState position(int size, const std::string& moves,
                                  const search::Rules& rules = {}) {
  search::GameState state(search::Board(size, size), search::Color::kBlack, rules);
  play_moves(state, moves);
  return state;
}

// A board from rows of ".XO", top row first.
inline search::Board board_of(const std::vector<std::string>& rows) {
  search::Board board(static_cast<int>(rows.front().size()), static_cast<int>(rows.size()));
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const char c = rows[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
      if (c == 'X') board.set_stone(board.loc(x, y), search::Color::kBlack);
      if (c == 'O') board.set_stone(board.loc(x, y), search::Color::kWhite);
    }
  }
  return board;
}

}  // namespace hayago::test
