// A part of the search tree as text (spec/07 section 16.3).
#pragma once
#include <string>

#include "gtp/protocol/analyze_format.h"
#include "search/engine.h"

namespace hayago::gtp {

// One line per node: those along the branch, then the player to move and at most `max_children`
// children of the last one. Utilities are hundredths. Lines end in LF.
std::string tree_text(const search::BranchReport& branch, Perspective perspective,
                      search::Player root_player, const search::Board& board, int max_children);

// "C5 D4 pass", with a blank before every vertex.
std::string vertex_list(const std::vector<search::Loc>& moves, const search::Board& board);

}  // namespace hayago::gtp
