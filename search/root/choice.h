// Play selection values, lower confidence bounds and the chosen move (spec/05 section 18).
#pragma once
#include <random>
#include <vector>

#include "search/context/context.h"
#include "search/tree/node.h"

namespace hayago::search {

struct ChoiceOptions {
  double at_least = 0;         // scale the largest value up to this
  bool direct_policy = false;  // root without edges: choose by policy
  bool always_lcb = false, never_lcb = false;
};

// Lower confidence bound, view of the player to move.
struct Lcb {
  double bound = 0, radius = 0;
};

struct PlayValues {
  std::vector<Loc> moves;       // the edges in creation order, then moves by policy
  std::vector<double> values;   // same length
  std::vector<Lcb> lcb;         // same length, if they were wanted; else empty
  std::vector<EdgeView> edges;  // as read; not for moves by policy
};

Lcb edge_lcb(const SearchContext& c, const EdgeView& edge, Player player, bool is_root);
// False if there is nothing to choose from (lists are then empty or all zero).
bool play_values(const SearchContext& c, const Node& node, bool is_root,
                 const ChoiceOptions& options, PlayValues& out);
// Index by value and temperature (section 18, "chosen move"); values must have a positive one.
std::size_t choose_index(const SearchParams& params, const std::vector<double>& values,
                         double temperature, std::mt19937_64& random);

}  // namespace hayago::search
