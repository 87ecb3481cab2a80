// A position drawn with the moves that two networks like.
#pragma once
#include <string>

#include "gtp/compare/comparison.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// Grid, coordinates, stones, the last move, and the shares of A and B in percent on the points that
// either likes; half frames on the best moves, A's on the left. Colours are classes of the page.
std::string board_svg(const search::GameState& state, const PositionComparison& comparison,
                      const std::string& label);

// x or y of the star points of a board with that edge; none below 9.
std::vector<int> star_lines(int edge);

}  // namespace hayago::gtp
