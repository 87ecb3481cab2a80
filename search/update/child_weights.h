// How much each child counts in its parent's averages (spec/05 section 10.3, steps 2 and 3).
#pragma once
#include <span>

#include "search/params.h"

namespace hayago::search {

struct ChildWeight {
  double self_utility = 0;  // view of the parent's player to move
  double prior = 0;
  double weight = 0;  // in: of the edge; out: to be used
  double factor = 1;  // scratch of weight_by_value
};

// Reduces weight that was spent on worse moves than the policy justifies. Returns the new sum.
double prune_noise(const SearchParams& params, std::span<ChildWeight> children);
// Shifts weight from bad to good children; the sum stays `total`. With `subtract_root_noise`
// (rootNoiseEnabled without noise pruning, at the root) few-visit children are cut first.
void weight_by_value(const SearchParams& params, std::span<ChildWeight> children, double total,
                     bool subtract_root_noise);

}  // namespace hayago::search
