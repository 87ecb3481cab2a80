// Principal variations (spec/05 section 19.2).
#pragma once
#include "search/context/context.h"
#include "search/engine.h"
#include "search/tree/node.h"

namespace hayago::search {

// Appends the best moves below `child` to report.pv, which holds the root move, with their visits;
// cuts at the end of a phase where that is wanted.
void extend_pv(const SearchContext& c, const Node& child, const ReportOptions& options,
               MoveReport& report);

}  // namespace hayago::search
