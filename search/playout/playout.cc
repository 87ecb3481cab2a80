#include "search/playout/playout.h"

#include <algorithm>

#include "search/tree/graph_key.h"

namespace hayago::search {
namespace {

class Playout {
 public:
  Playout(const SearchContext& c, Tree& tree, PlayoutThread& thread, double visits_left)
      : c_(c), tree_(tree), t_(thread), visits_left_(visits_left), key_(c.root_key) {}

  bool run() {
    t_.state = c_.root_state;
    t_.path.clear();
    Node* node = tree_.root();
    try {
      while (node != nullptr) node = advance(*node);
    } catch (...) {
      registered_ = false;
      go_back();
      throw;
    }
    go_back();
    return counts_;
  }

 private:
  // One step down. Null at the end of the path; registered_ then says whether the ancestors count
  // the visit.
  Node* advance(Node& node) {
    const bool is_root = t_.path.empty();
    if (t_.state.is_finished() && !node.force_non_terminal) {
      const LeafValue value = terminal_value(c_, t_.state);
      node.update_stats([&](NodeStats& s) { add_leaf_visit(s, value); });
      return finish(true);
    }
    if (node.output() == nullptr) return evaluate(node, is_root);

    const Selection choice = select_edge(c_, node, t_.state, is_root, visits_left_, t_.select);
    counts_ = counts_ && choice.count_playout;
    if (choice.index < 0) {
      const LeafValue value = corrected_leaf_value(c_, node, *node.output());
      node.update_stats([&](NodeStats& s) { add_leaf_visit(s, value); });
      return finish(true);
    }
    if (!t_.state.is_legal(choice.move, node.next_player)) return repair(node, is_root);
    return choice.edge == nullptr ? take_new_edge(node, choice, is_root) : take_edge(node, choice);
  }

  Node* finish(bool registered) {
    registered_ = registered;
    return nullptr;
  }
  // Another thread was faster: this playout is repeated.
  Node* abandon() {
    counts_ = false;
    return finish(false);
  }

  Node* evaluate(Node& node, bool is_root) {
    NetOutputPtr output = is_root ? c_.root_output : evaluate_node(c_, *t_.eval, t_.state, false);
    NetOutputPtr human = human_output(is_root);
    const NodeStats first = first_stats(corrected_leaf_value(c_, node, *output));
    if (!node.store_first_evaluation(std::move(output), std::move(human), first)) return abandon();
    tree_.count_outputs(node);
    return finish(true);
  }

  NetOutputPtr human_output(bool is_root) {
    if (is_root) return c_.root_human_output;
    const SearchParams& p = c_.params;
    const bool wanted =
        p.human_sl_pla_explore_prob_weightless > 0 || p.human_sl_pla_explore_prob_weightful > 0 ||
        p.human_sl_opp_explore_prob_weightless > 0 || p.human_sl_opp_explore_prob_weightful > 0;
    return wanted ? evaluate_human(c_, t_.human_eval.get(), t_.state, false) : nullptr;
  }

  // The chosen move is illegal on this path: the node was shared by paths that differ. Its outputs
  // are renewed, its statistics stay.
  Node* repair(Node& node, bool is_root) {
    tree_.replace_output(node, evaluate_node(c_, *t_.eval, t_.state, is_root, {.skip_cache = true}),
                         node.shared_human_output());
    return finish(true);
  }

  void make_move(Loc move) {
    t_.state.make_move(move, t_.state.next_player());
    key_ = next_graph_key(key_, t_.state, move, c_.params.graph_search_rep_bound,
                          c_.params.draw_equivalent_wins_for_white);
  }

  Node* take_new_edge(Node& node, const Selection& choice, bool is_root) {
    const bool friendly =
        choice.move == kPassLoc && t_.state.suppress_friendly_pass(node.next_player);
    make_move(choice.move);
    const bool go_on = choice.move == kPassLoc && t_.state.is_finished() &&
                       ((c_.params.conservative_pass && is_root) || friendly);
    Edge* edge = tree_.append_edge(node, choice.index, choice.move, [&] { return child(go_on); });
    if (edge == nullptr) return abandon();
    if (choice.count_edge && catch_up(node, *edge)) return finish(true);
    return enter(node, *edge, choice.count_edge);
  }

  Node* child(bool force_non_terminal) {
    Hash128 pattern;
    const bool has_pattern = c_.params.subtree_value_bias_factor != 0 && !c_.mirror.active &&
                             bias_key(t_.state, pattern);
    const Hash128* bias = has_pattern ? &pattern : nullptr;
    const Player player = t_.state.next_player();
    if (!c_.params.use_graph_search) return tree_.make_unshared(player, force_non_terminal, bias);
    const Hash128 key = force_non_terminal ? non_terminal_variant(key_) : key_;
    return tree_.find_or_make(key, player, force_non_terminal, bias);
  }

  Node* take_edge(Node& node, const Selection& choice) {
    if (choice.count_edge && catch_up(node, *choice.edge)) return finish(true);
    make_move(choice.move);
    return enter(node, *choice.edge, choice.count_edge);
  }

  // The child is better explored than this edge accounts for: count a visit without descending.
  bool catch_up(Node& node, Edge& edge) {
    if (edge.visits.load(std::memory_order_acquire) >= edge.child->stats.visits()) return false;
    const double leak = c_.params.graph_search_catch_up_leak_prob;
    if (leak > 0 && std::bernoulli_distribution(leak)(t_.select.random)) return false;
    t_.path.push_back({&node, &edge, true, false});
    return true;
  }

  Node* enter(Node& node, Edge& edge, bool count_edge) {
    const bool cycle = std::any_of(t_.path.begin(), t_.path.end(), [&](const auto& step) {
      return step.entered && step.edge->child == edge.child;
    });
    t_.path.push_back({&node, &edge, count_edge, !cycle});
    if (cycle) return finish(true);
    edge.child->virtual_losses.fetch_add(1, std::memory_order_relaxed);
    return edge.child;
  }

  void go_back() {
    for (std::size_t i = t_.path.size(); i-- > 0;) {
      const PlayoutThread::Step& step = t_.path[i];
      if (step.entered) step.edge->child->virtual_losses.fetch_sub(1, std::memory_order_relaxed);
      registered_ = registered_ && step.count_edge;
      if (!registered_) continue;
      step.edge->visits.fetch_add(1, std::memory_order_acq_rel);
      register_visit(c_, *step.node, i == 0, t_.update);
    }
  }

  const SearchContext& c_;
  Tree& tree_;
  PlayoutThread& t_;
  const double visits_left_;
  Hash128 key_;
  bool counts_ = true, registered_ = false;
};

}  // namespace

bool run_playout(const SearchContext& c, Tree& tree, PlayoutThread& thread, double visits_left) {
  return Playout(c, tree, thread, visits_left).run();
}

}  // namespace hayago::search
