// Utilities and the values of leaves (spec/05 sections 4, 10.1 and 10.2).
#pragma once
#include "search/context/context.h"
#include "search/tree/node.h"

namespace hayago::search {

// One evaluation, White's view.
struct LeafValue {
  double win_loss = 0, no_result = 0, score_mean = 0, score_sq = 0, lead = 0;
  double utility = 0;
  double weight = 1;
};

double result_utility(const SearchContext& c, double win_loss, double no_result);
double score_utility(const SearchContext& c, double mean, double mean_sq);
// Change of score_utility when the mean is shifted and the stdev is kept.
double score_utility_diff(const SearchContext& c, double mean, double mean_sq, double shift);

// Without bias correction.
LeafValue network_value(const SearchContext& c, const NetValues& output);
LeafValue terminal_value(const SearchContext& c, const GameState& state);
// Utility of a network output as the first-play urgency wants it (section 8.2).
double raw_utility(const SearchContext& c, const NetValues& output);

NodeStats first_stats(const LeafValue& value);
// Adds one more visit with that value (terminal nodes, nodes without a move).
void add_leaf_visit(NodeStats& stats, const LeafValue& value);

}  // namespace hayago::search
