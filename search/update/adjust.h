// Corrections of values by what single nodes have beside the network's evaluation: pattern bonus
// and eval cache (spec/05 sections 13, 15, and 10.2 and 10.3 step 7). A node must provide its key
// (Node::key), by which Tree::extras() finds what belongs to it; nothing is looked up while both
// features are off (SearchContext::extras is then null).
#pragma once
#include "search/context/context.h"
#include "search/tree/node.h"
#include "search/tree/tree.h"
#include "search/update/values.h"

namespace hayago::search {

// What a node gets on its creation by the last move of `state`; `key`: its place in the graph.
NodeExtra new_node_extra(const SearchContext& c, const GameState& state, const Hash128& key,
                         bool force_non_terminal);

inline NodeExtra extra_of(const SearchContext& c, const Node& node) {
  return c.extras == nullptr ? NodeExtra{} : c.extras->find(node.key);
}

// First evaluations: without and with the correction by the eval cache.
LeafValue remembered_leaf_value(const SearchContext& c, const NodeExtra& extra, LeafValue value);
// Averages of an inner node of `visits` visits, its own evaluation included. Changes everything but
// visits and weights.
void adjust_averages(const SearchContext& c, const NodeExtra& extra, double visits,
                     NodeStats& averages);

// --- around a search, while nothing else uses the tree
// Fills the fields of the context that belong to these features. `foreign`: patterns of other
// games, may be null; `cache`: null without one.
void prepare_adjustments(SearchContext& c, Tree& tree, std::shared_ptr<const PatternTable> foreign,
                         std::shared_ptr<EvalCache> cache);
// Puts what the search has found into the eval cache, if there is one.
void remember_search(const SearchContext& c, Tree& tree);

}  // namespace hayago::search
