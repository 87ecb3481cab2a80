#include "search/root/prepare.h"

#include <algorithm>
#include <cmath>

#include "search/root/root_policy.h"
#include "search/root/root_rules.h"
#include "search/tree/graph_key.h"
#include "search/update/adjust.h"

namespace hayago::search {
namespace {

void set_score_center(SearchContext& c, double expected_score) {
  const double cap = std::sqrt(static_cast<double>(c.root_state.board().area())) *
                     c.params.dynamic_score_center_scale;
  const double center = expected_score * (1 - c.params.dynamic_score_center_zero_weight);
  c.score_center = std::clamp(center, expected_score - cap, expected_score + cap);
}

// A reused root was evaluated as an inner node; does that differ from a root's evaluation?
bool needs_new_output(const SearchContext& c, const Node& root) {
  const SearchParams& p = c.params;
  return !root.output()->full() || root.output()->full()->ownership.empty() ||
         (p.conservative_pass && c.root_state.pass_would_end_game(c.root_player)) ||
         p.root_num_symmetries_to_sample > 1 || p.root_policy_optimism != p.policy_optimism ||
         (p.ignore_pre_root_history && !p.ignore_all_history) ||
         (c.human_net != nullptr &&
          (root.human_output() == nullptr || !root.human_output()->full()));
}

// Leaves get their utility anew, inner nodes their averages, children first.
void recompute_all(const SearchContext& c, Tree& tree, UpdateScratch& scratch) {
  for (Node* node : tree.post_order()) {
    if ((node->num_edges() > 0 || node->has_folded_visits) && node->output() != nullptr) {
      recompute(c, tree, *node, node == tree.root(), 0, scratch);
      continue;
    }
    node->update_stats([&](NodeStats& s) {
      if (s.visits <= 0) return;
      s.utility = result_utility(c, s.win_loss, s.no_result) +
                  score_utility(c, s.score_mean, s.score_sq) + extra_of(c, *node).pattern_utility;
      s.utility_sq = s.utility * s.utility;
    });
  }
}

// True if edges went away.
bool remove_banned_edges(const SearchContext& c, Tree& tree) {
  std::vector<bool> keep(kLocCount, false);
  for (const Loc move : c.loc_of_pos) {
    if (move == kNullLoc) continue;
    keep[static_cast<std::size_t>(move)] = c.root_state.is_legal(move, c.root_player) &&
                                           !c.root_banned.test(static_cast<std::size_t>(move));
  }
  if (!tree.filter_root_edges(keep)) return false;
  std::int64_t visits = 1;
  tree.root()->for_each_edge(
      [&](Edge& edge) { visits += edge.visits.load(std::memory_order_relaxed); });
  tree.root()->update_stats([&](NodeStats& s) { s.visits = visits; });
  return true;
}

// Statistics of a reused tree, still with the old output of the root. Returns what left the tree.
std::vector<Node*> refresh_statistics(SearchContext& c, Tree& tree, PlayoutThread& thread) {
  Node& root = *tree.root();
  const bool removed = remove_banned_edges(c, tree);
  std::vector<Node*> left;
  if (removed) left = tree.sweep(c.params.subtree_value_bias_free_prop);
  root.output()->expand_policy(c.root_policy);
  const SearchParams& p = c.params;
  if (p.dynamic_score_utility_factor != 0 || p.subtree_value_bias_factor != 0 ||
      c.extras != nullptr) {
    recompute_all(c, tree, thread.update);
  } else if (removed) {
    recompute(c, tree, root, true, 0, thread.update);
  }
  return left;
}

}  // namespace

bool holds_for_one_player(const SearchParams& p, bool has_human_network, bool has_patterns) {
  const auto differ = [](double root, double own, double other) {
    return own != other || own != root;
  };
  const bool human =
      has_human_network &&
      (differ(p.human_sl_root_explore_prob_weightless, p.human_sl_pla_explore_prob_weightless,
              p.human_sl_opp_explore_prob_weightless) ||
       differ(p.human_sl_root_explore_prob_weightful, p.human_sl_pla_explore_prob_weightful,
              p.human_sl_opp_explore_prob_weightful));
  const bool advantage =
      p.playout_doubling_advantage != 0 && p.playout_doubling_advantage_pla == Color::kEmpty;
  return human || advantage || has_patterns || p.avoid_repeated_pattern_utility != 0;
}

std::vector<Node*> prepare_search(SearchContext& c, Tree& tree, PlayoutThread& thread,
                                  const SearchMemory& memory) {
  std::vector<Node*> left;
  c.root_key = graph_key_of_game(c.root_state, c.params.graph_search_rep_bound,
                                 c.params.draw_equivalent_wins_for_white);
  prepare_adjustments(c, tree, memory.patterns, memory.eval_cache);
  Node* root = tree.root();
  const bool reused = root != nullptr && root->output() != nullptr;
  const NodeStats stats = reused ? root->stats.read() : NodeStats{};
  const auto evaluate = [&] {
    c.root_output = evaluate_root(c, *thread.eval);
    c.root_human_output = evaluate_human(c, thread.human_eval.get(), c.root_state, true);
  };
  double expected_score = stats.score_mean;
  if (!reused && c.params.root_num_symmetries_to_sample > 1) {
    // One evaluation, before the average over symmetries replaces it in the cache.
    expected_score = evaluate_root(c, *thread.eval, false)->white_score_mean;
    evaluate();
  } else if (!reused) {
    evaluate();
    expected_score = c.root_output->white_score_mean;
  }
  set_score_center(c, expected_score);
  ban_root_moves(c);
  if (root == nullptr) {
    tree.make_root(c.root_player, c.root_state.is_finished());
  } else if (reused) {
    left = refresh_statistics(c, tree, thread);
    if (needs_new_output(c, *root)) {
      evaluate();
      tree.replace_output(*root, root_evaluation(c), root_human_evaluation(c));
    } else {
      c.root_output = root->output()->full();
      c.root_human_output =
          root->human_output() == nullptr ? nullptr : root->human_output()->full();
    }
  }
  set_ending_bonus(c);
  c.root_policy = transform_root_policy(c, c.root_output->policy, thread.select.random);
  tree.bias_table().drop_unused();
  return left;
}

}  // namespace hayago::search
