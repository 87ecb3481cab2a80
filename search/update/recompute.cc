#include "search/update/recompute.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/tree/bias_table.h"
#include "search/update/adjust.h"

namespace hayago::search {
namespace {

constexpr double kMinPrior = 1e-30;

// Edges with visits and weight (step 1). Returns the sum of their weights.
double collect_children(const SearchContext& c, const Node& node, bool is_root,
                        UpdateScratch& scratch) {
  const double sign = sign_for_white(node.next_player);
  scratch.edges.clear();
  scratch.weights.clear();
  double total = 0;
  node.for_each_edge([&](Edge& edge) {
    const EdgeView view = view_edge(edge);
    if (view.stats.visits <= 0 || view.stats.weight <= 0 || view.edge_visits <= 0) return;
    const double prior =
        is_root ? c.root_prior(view.move) : edge.prior.load(std::memory_order_relaxed);
    scratch.edges.push_back(view);
    scratch.weights.push_back({sign * view.stats.utility, std::max(kMinPrior, prior), view.weight});
    total += view.weight;
  });
  return total;
}

// Weighted sums of all averages (step 4).
struct Sums {
  NodeStats sum;  // averages hold sums
  void add(double weight, const NodeStats& s) {
    sum.win_loss += weight * s.win_loss;
    sum.no_result += weight * s.no_result;
    sum.score_mean += weight * s.score_mean;
    sum.score_sq += weight * s.score_sq;
    sum.lead += weight * s.lead;
    sum.utility += weight * s.utility;
    sum.utility_sq += weight * s.utility_sq;
    sum.weight += weight;
  }
  void divide() {
    for (double* value : {&sum.win_loss, &sum.no_result, &sum.score_mean, &sum.score_sq, &sum.lead,
                          &sum.utility, &sum.utility_sq}) {
      *value /= sum.weight;
    }
  }
};

// Step 5: teaches the node's bias entry and returns the correction for its own utility.
double exchange_bias(const SearchContext& c, Node& node, double own_utility, const NodeStats& sums,
                     double original_total) {
  const SearchParams& p = c.params;
  BiasEntry& entry = *node.bias;
  if (sums.weight <= 1e-10) return entry.correction(p.subtree_value_bias_factor);
  const double child_utility = sums.utility / sums.weight;
  const double weight = std::pow(original_total, p.subtree_value_bias_weight_exponent);
  const double delta = (child_utility - own_utility) * weight;
  const double more_delta = delta - std::exchange(node.last_bias_delta, delta);
  const double more_weight = weight - std::exchange(node.last_bias_weight, weight);
  return entry.add(more_delta, more_weight, p.subtree_value_bias_factor);
}

}  // namespace

LeafValue corrected_leaf_value(const SearchContext& c, const Node& node, const NetValues& output) {
  const NodeExtra extra = extra_of(c, node);
  LeafValue value = remembered_leaf_value(c, extra, network_value(c, output));
  if (node.bias != nullptr) {
    value.utility += node.bias->correction(c.params.subtree_value_bias_factor);
  }
  value.utility += extra.pattern_utility;
  return value;
}

void recompute(const SearchContext& c, const Tree& tree, Node& node, bool is_root,
               std::int64_t new_visits, UpdateScratch& scratch) {
  const Evaluation& output = *node.output();
  const SearchParams& p = c.params;
  double original_total = collect_children(c, node, is_root, scratch);
  double total = original_total;
  if (p.use_noise_pruning && !c.mirror.active && scratch.weights.size() >= 2 && total > 1e-5) {
    total = prune_noise(p, scratch.weights);
  }
  if (!c.mirror.active) {
    weight_by_value(p, scratch.weights, total,
                    is_root && p.root_noise_enabled && !p.use_noise_pruning);
  }

  Sums sums;
  double weight_sq = 0;
  for (std::size_t i = 0; i < scratch.edges.size(); ++i) {
    const NodeStats& child = scratch.edges[i].stats;
    const double weight = scratch.weights[i].weight;
    const double share = weight / child.weight;
    weight_sq += share * share * child.weight_sq;
    sums.add(weight, child);
  }
  if (node.has_folded_visits) {
    const NodeStats& folded = tree.folded(node);
    sums.add(folded.weight, folded);
    weight_sq += folded.weight_sq;
    total += folded.weight;
    original_total += folded.weight;
  }
  // The sum that all shifting keeps; adding the parts again would only add rounding errors.
  sums.sum.weight = total;

  LeafValue own = network_value(c, output);
  if (node.bias != nullptr) {
    own.utility += exchange_bias(c, node, own.utility, sums.sum, original_total);
  }
  sums.add(own.weight, first_stats(own));
  sums.divide();
  if (c.extras != nullptr) {
    double visits = 1 + static_cast<double>(tree.folded(node).visits);
    for (const EdgeView& edge : scratch.edges) visits += static_cast<double>(edge.edge_visits);
    adjust_averages(c, extra_of(c, node), visits, sums.sum);
  }
  sums.sum.weight_sq = weight_sq + own.weight * own.weight;
  node.update_stats([&](NodeStats& s) {
    sums.sum.visits = s.visits + new_visits;
    s = sums.sum;
  });
}

void register_visit(const SearchContext& c, const Tree& tree, Node& node, bool is_root,
                    UpdateScratch& scratch) {
  if (node.pending_visits.fetch_add(1, std::memory_order_acq_rel) != 0) return;
  int pending = 1;
  while (pending > 0) {
    const int batch = node.pending_visits.load(std::memory_order_acquire);
    recompute(c, tree, node, is_root, batch, scratch);
    pending = node.pending_visits.fetch_sub(batch, std::memory_order_acq_rel) - batch;
  }
}

}  // namespace hayago::search
