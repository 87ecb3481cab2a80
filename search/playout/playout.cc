#include "search/playout/playout.h"

#include <algorithm>

#include "search/tree/graph_key.h"
#include "search/update/adjust.h"

namespace hayago::search {
namespace {

class Playout {
 public:
  Playout(const PlayoutEnvironment& env, Descent& descent, double visits_left)
      : c_(env.c),
        tree_(env.tree),
        t_(env.thread),
        d_(descent),
        visits_left_(visits_left),
        key_(env.c.root_key) {}

  Progress start() {
    d_.path.clear();
    d_.counts = true;
    t_.state = c_.root_state;
    return go_on(tree_.root());
  }

  // Plays the path again: the thread's state has seen other descents meanwhile.
  Progress resume() {
    t_.state = c_.root_state;
    for (const Descent::Step& step : d_.path) make_move(step.edge->move);
    return go_on(d_.leaf);
  }

  Progress complete() {
    if (d_.job->error != nullptr) {
      abandon();
      std::rethrow_exception(std::exchange(d_.job->error, nullptr));
    }
    store_result();
    go_back();
    return outcome();
  }

  void abandon() {
    if (holds_claim_) d_.leaf->give_claim_back();
    registered_ = false;
    go_back();
  }

  // Of a descent that pauses for its own evaluation.
  Playout& with_claim() {
    holds_claim_ = true;
    return *this;
  }

 private:
  enum class Pause { kNone, kEvaluating, kParked };

  Progress go_on(Node* node) {
    try {
      while (node != nullptr) node = advance(*node);
    } catch (...) {
      abandon();
      throw;
    }
    if (pause_ == Pause::kEvaluating) return Progress::kEvaluating;
    if (pause_ == Pause::kParked) return Progress::kParked;
    go_back();
    return outcome();
  }

  Progress outcome() const { return d_.counts ? Progress::kDone : Progress::kNotCounted; }

  // One step down. Null at the end of the path; registered_ then says whether the ancestors count
  // the visit.
  Node* advance(Node& node) {
    const bool is_root = d_.path.empty();
    if (t_.state.is_finished() && !node.force_non_terminal) {
      LeafValue value = terminal_value(c_, t_.state);
      value.utility += extra_of(c_, node).pattern_utility;
      node.update_stats([&](NodeStats& s) { add_leaf_visit(s, value); });
      return finish(true);
    }
    if (node.output() == nullptr) return evaluate(node, is_root);

    const Selection choice = select_edge(c_, node, t_.state, is_root, visits_left_, t_.select);
    d_.counts = d_.counts && choice.count_playout;
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
  Node* give_up() {
    d_.counts = false;
    return finish(false);
  }

  Node* evaluate(Node& node, bool is_root) {
    d_.leaf = &node;
    if (!node.claim_evaluation()) {
      pause_ = Pause::kParked;
      return nullptr;
    }
    holds_claim_ = true;
    if (is_root) {
      d_.human = root_human_evaluation(c_);
      store(node, root_evaluation(c_));
      return finish(true);
    }
    const Evaluator::Request request = leaf_request(c_, t_.state);
    d_.shift_by_center = c_.mirror.active && evaluates_center(c_, t_.state);
    d_.human = wants_human() ? human_evaluation() : EvaluationRef();
    if (c_.net->begin(*t_.eval, request, *d_.job)) {
      store_result();
      return finish(true);
    }
    pause_ = Pause::kEvaluating;
    return nullptr;
  }

  void store_result() {
    EvaluationRef result = std::exchange(d_.job->result, {});
    if (d_.shift_by_center) result = shift_by_center(c_, *result);
    store(*d_.leaf, std::move(result));
  }

  // Only the holder of the claim gets here, so nobody else can be first.
  void store(Node& node, EvaluationRef output) {
    const NodeStats first = first_stats(corrected_leaf_value(c_, node, *output));
    registered_ = node.store_first_evaluation(std::move(output), std::move(d_.human), first);
    holds_claim_ = false;
  }

  bool wants_human() const {
    const SearchParams& p = c_.params;
    return p.human_sl_pla_explore_prob_weightless > 0 ||
           p.human_sl_pla_explore_prob_weightful > 0 ||
           p.human_sl_opp_explore_prob_weightless > 0 || p.human_sl_opp_explore_prob_weightful > 0;
  }
  EvaluationRef human_evaluation() {
    NetOutputPtr output = evaluate_human(c_, t_.human_eval.get(), t_.state, false);
    if (output == nullptr) return {};
    return Evaluation::make_compact(*output, c_.human_net->account());
  }

  // The chosen move is illegal on this path: the node was shared by paths that differ. Its outputs
  // are renewed, its statistics stay.
  Node* repair(Node& node, bool is_root) {
    Evaluator::Request request = leaf_request(c_, t_.state, is_root);
    request.skip_cache = true;
    EvaluationRef output = c_.net->evaluate_leaf(*t_.eval, request);
    if (evaluates_center(c_, t_.state)) output = shift_by_center(c_, *output);
    node.for_each_edge([&](Edge& edge) {
      edge.prior.store(output->prior(c_.pos(edge.move)), std::memory_order_relaxed);
    });
    tree_.replace_output(node, std::move(output), node.shared_human_output());
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
    Edge* edge = tree_.append_edge(node, choice.index, choice.move, choice.prior,
                                   [&] { return child(go_on); });
    if (edge == nullptr) return give_up();
    if (choice.count_edge && catch_up(node, *edge)) return finish(true);
    return enter(node, *edge, choice.count_edge);
  }

  Node* child(bool force_non_terminal) {
    Hash128 pattern;
    const bool has_pattern = c_.params.subtree_value_bias_factor != 0 && !c_.mirror.active &&
                             bias_key(t_.state, pattern);
    const Hash128* bias = has_pattern ? &pattern : nullptr;
    const Player player = t_.state.next_player();
    const NodeExtra extra = new_node_extra(c_, t_.state, key_, force_non_terminal);
    if (!c_.params.use_graph_search) {
      return tree_.make_unshared(player, force_non_terminal, bias, extra);
    }
    const Hash128 key = force_non_terminal ? non_terminal_variant(key_) : key_;
    return tree_.find_or_make(key, player, force_non_terminal, bias, extra);
  }

  Node* take_edge(Node& node, const Selection& choice) {
    if (choice.count_edge && catch_up(node, *choice.edge)) return finish(true);
    make_move(choice.move);
    return enter(node, *choice.edge, choice.count_edge);
  }

  // The child is better explored than this edge accounts for: count a visit without descending.
  bool catch_up(Node& node, Edge& edge) {
    if (!can_catch_up(edge)) return false;
    const double leak = c_.params.graph_search_catch_up_leak_prob;
    if (leak > 0 && std::bernoulli_distribution(leak)(t_.select.random)) return false;
    // Taken at once, lest two threads both take the last visit.
    std::int64_t visits = edge.visits.load(std::memory_order_acquire);
    do {
      if (!can_catch_up(edge)) return false;
    } while (!edge.visits.compare_exchange_weak(visits, visits + 1, std::memory_order_acq_rel));
    d_.path.push_back({&node, &edge, true, false, true});
    return true;
  }

  // Visits of descents that are inside the child count as if they were the edge's already: the
  // child gets them first. Read in the opposite order of go_back().
  static bool can_catch_up(const Edge& edge) {
    const std::int64_t child_visits = edge.child->stats.visits();
    const int inside = edge.child->virtual_losses.load(std::memory_order_acquire);
    return edge.visits.load(std::memory_order_acquire) + inside < child_visits;
  }

  Node* enter(Node& node, Edge& edge, bool count_edge) {
    const bool cycle = std::any_of(d_.path.begin(), d_.path.end(), [&](const auto& step) {
      return step.entered && step.edge->child == edge.child;
    });
    d_.path.push_back({&node, &edge, count_edge, !cycle});
    if (cycle) return finish(true);
    edge.child->virtual_losses.fetch_add(1, std::memory_order_relaxed);
    return edge.child;
  }

  void go_back() {
    for (std::size_t i = d_.path.size(); i-- > 0;) {
      const Descent::Step& step = d_.path[i];
      registered_ = registered_ && step.count_edge;
      if (registered_ && !step.visit_counted) {
        step.edge->visits.fetch_add(1, std::memory_order_acq_rel);
      }
      if (step.entered) step.edge->child->virtual_losses.fetch_sub(1, std::memory_order_acq_rel);
      if (!registered_) continue;
      register_visit(c_, tree_, *step.node, i == 0, t_.update);
    }
    d_.leaf = nullptr;
  }

  const SearchContext& c_;
  Tree& tree_;
  PlayoutThread& t_;
  Descent& d_;
  const double visits_left_;
  Hash128 key_;
  Pause pause_ = Pause::kNone;
  bool registered_ = false;
  bool holds_claim_ = false;  // on d_.leaf
};

}  // namespace

Progress start_playout(const PlayoutEnvironment& env, Descent& descent, double visits_left) {
  return Playout(env, descent, visits_left).start();
}

bool can_resume(const Descent& descent) { return descent.leaf->is_evaluated_or_free(); }

Progress resume_playout(const PlayoutEnvironment& env, Descent& descent, double visits_left) {
  return Playout(env, descent, visits_left).resume();
}

Progress complete_playout(const PlayoutEnvironment& env, Descent& descent) {
  return Playout(env, descent, 0).with_claim().complete();
}

void abandon_playout(const PlayoutEnvironment& env, Descent& descent, bool evaluating) {
  Playout playout(env, descent, 0);
  if (evaluating) playout.with_claim();
  playout.abandon();
}

}  // namespace hayago::search
