// The human policy's part in the choice of a move (spec/05 section 22).
#pragma once
#include "search/root/choice.h"

namespace hayago::search {

// Moves the values humanSLChosenMoveProp of the way towards what the node's human output plays,
// bent by the values found; nothing happens without one. With `add_moves` (only for the root) moves
// without an edge join the lists at their end; values.edges stays as it is. The values must have a
// positive one.
void blend_human_policy(const SearchContext& c, const Node& node, bool add_moves,
                        bool pass_suppressed, PlayValues& values);

// The same on plain lists, for policies in the order of the moves (negative: illegal) and utilities
// in the view of the root player.
void blend_policy(const SearchParams& params, const std::vector<Loc>& moves,
                  const std::vector<double>& policy, const std::vector<double>& utilities,
                  std::vector<double>& values);

}  // namespace hayago::search
