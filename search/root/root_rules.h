// Rules that hold only at the root (spec/05 section 17).
#pragma once
#include "search/context/context.h"
#include "search/tree/node.h"

namespace hayago::search {

// Sections 17.2 and 17.3: sets root_banned and root_symmetries.
void ban_root_moves(SearchContext& c);
// Section 17.1: fills ending_bonus from root_output.
void set_ending_bonus(SearchContext& c);
// Section 17.4: true if pass shall not be chosen because there is still something to fill.
bool suppresses_pass(const SearchContext& c, const Node& root);

}  // namespace hayago::search
