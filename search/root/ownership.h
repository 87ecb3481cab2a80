// Ownership averaged over the tree (spec/05 section 19.6).
#pragma once
#include <vector>

#include "search/context/context.h"
#include "search/tree/node.h"

namespace hayago::search {

struct OwnershipMap {
  std::vector<double> mean, stdev;  // row-major board order, White positive
};

// Of the subtree below a node. False if the node has no network output.
bool average_ownership(const SearchContext& c, const Node& start, OwnershipMap& out);

}  // namespace hayago::search
