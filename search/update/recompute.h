// Statistics of inner nodes from their children (spec/05 section 10.3).
#pragma once
#include <vector>

#include "search/context/context.h"
#include "search/tree/tree.h"
#include "search/update/child_weights.h"
#include "search/update/values.h"

namespace hayago::search {

// Buffers of one thread.
struct UpdateScratch {
  std::vector<EdgeView> edges;
  std::vector<ChildWeight> weights;
};

// First value of a node: its evaluation with what its bias entry has learned so far.
LeafValue corrected_leaf_value(const SearchContext& c, const Node& node, const NetValues& output);

// Sets the averages from the children, the folded visits and the node's own evaluation, and adds
// `new_visits`. Pure but for the bias entry, hence idempotent. At most one thread at a time per
// node.
void recompute(const SearchContext& c, const Tree& tree, Node& node, bool is_root,
               std::int64_t new_visits, UpdateScratch& scratch);

// Registers a visit: one thread at a time recomputes, for all visits registered meanwhile.
void register_visit(const SearchContext& c, const Tree& tree, Node& node, bool is_root,
                    UpdateScratch& scratch);

}  // namespace hayago::search
