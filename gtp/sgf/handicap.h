// The fixed handicap points (spec/03 section 14).
#pragma once
#include <vector>

#include "search/board/board.h"

namespace hayago::gtp {

// In the order of the specification; empty if there are none for that number and size.
std::vector<search::Loc> fixed_handicap_points(const search::Board& board, int stones);

}  // namespace hayago::gtp
