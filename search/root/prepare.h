// The start of a search: root evaluation, score centre, refreshed statistics of a reused tree
// (spec/05 sections 3.1, 5.6 and 20).
#pragma once
#include <vector>

#include "search/context/context.h"
#include "search/playout/playout.h"
#include "search/tree/tree.h"

namespace hayago::search {

// What lives longer than a search; either may be null.
struct SearchMemory {
  std::shared_ptr<const PatternTable> patterns;  // of other games
  std::shared_ptr<EvalCache> eval_cache;
};

// Completes a prepared context and makes the tree ready: makes the root if there is none. Throws
// what the evaluator throws. Returns nodes that have left the tree, to be destroyed.
std::vector<Node*> prepare_search(SearchContext& c, Tree& tree, PlayoutThread& thread,
                                  const SearchMemory& memory);

// Section 3.1 step 2: with these parameters, what was found for one player does not hold for the
// other.
bool holds_for_one_player(const SearchParams& params, bool has_human_network, bool has_patterns);

}  // namespace hayago::search
