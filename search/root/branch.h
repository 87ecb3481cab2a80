// The nodes along a sequence of moves and what lies below the last one, for people who want to
// know why the search likes a move.
#pragma once
#include "search/context/context.h"
#include "search/engine.h"
#include "search/tree/node.h"

namespace hayago::search {

// False if the root has no value yet. Safe during a search.
bool make_branch(const SearchContext& c, const Node& root, const std::vector<Loc>& moves,
                 int pv_length, BranchReport& out);

}  // namespace hayago::search
