// The board as characters, for people on a terminal.
#pragma once
#include <string>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::gtp {

// What a terminal has at least; a 19x19 board with notes beside it fits.
inline constexpr std::size_t kTerminalColumns = 80;

// Is this point marked on real boards of that size?
bool is_star_point(int x, int y, int x_size, int y_size);

// X Black, O White, + a star point, the last move in parentheses, coordinates all around. Notes
// stand beside the board if they fit there, else below. With colours: escape sequences that paint
// the board like wood, the same characters otherwise. Lines end in LF.
std::string play_board_text(const search::GameState& state, const std::vector<std::string>& notes,
                            bool colours);

// Who will own each point; row-major, White positive. X O: stones that live; x o: stones that will
// be taken; b w: points of Black and White; a dot: open.
std::string play_ownership_text(const search::Board& board, const std::vector<double>& ownership,
                                bool colours);

}  // namespace hayago::gtp
