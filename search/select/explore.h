// The parts of PUCT that belong to the parent: exploration scale and first-play urgency, and the
// value of an edge that exists (spec/05 sections 8.1 to 8.4).
#pragma once
#include <span>

#include "search/context/context.h"
#include "search/tree/node.h"

namespace hayago::search {

// Sums over the edges of a node (section 8.1).
struct EdgeSums {
  double policy_mass = 0;
  double total_weight = 0, max_weight = 0;
  std::int64_t edge_visits = 0;
};

// Stands for a selection at one node.
struct ParentState {
  NodeStats stats;
  double sign = 1;  // of the player to move
  double weight_per_visit = 1;
  double stdev_factor = 1;
  double fpu = 0;    // White's view
  double scale = 0;  // exploration scale
};

double stdev_factor(const SearchParams& params, const NodeStats& parent);
// First-play urgency, White's view (section 8.2).
double first_play_urgency(const SearchContext& c, const NodeStats& parent, const NetValues& output,
                          Player player, double policy_mass, bool is_root);
double exploration_scale(const SearchParams& params, double total_weight, double factor);

// The exploration part plus the self utility; very small for an illegal move.
inline double puct_value(double scale, double prior, double weight, double self_utility) {
  constexpr double kIllegal = -1e50;
  return prior < 0 ? kIllegal : scale * prior / (1.0 + weight) + self_utility;
}

// White's view utility and the weight of an existing edge.
struct EdgeUtility {
  double utility = 0, weight = 0;
};
// Virtual losses included. `weight` is the edge's (or the child's, for weightless selection),
// `utility` the child's, or the first-play urgency if it has no visits.
EdgeUtility with_virtual_losses(const SearchContext& c, const Node& child, double weight,
                                double utility, double sign);
// The child's utility with the root's ending bonus for the move (section 17.1).
double root_child_utility(const SearchContext& c, const NodeStats& child, Loc move);

}  // namespace hayago::search
