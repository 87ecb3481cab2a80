#include "search/select/select.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "search/select/anti_mirror.h"
#include "search/select/explore.h"
#include "search/update/adjust.h"

namespace hayago::search {
namespace {

constexpr double kWorst = -1e50;
constexpr double kFutile = -1e40;
constexpr double kForced = 1e20;

// One selection at one node: what all its steps need.
class Selector {
 public:
  Selector(const SearchContext& c, const Node& node, const GameState& state, bool is_root,
           double visits_left, SelectScratch& scratch)
      : c_(c),
        p_(c.params),
        node_(node),
        state_(state),
        is_root_(is_root),
        visits_left_(visits_left),
        scratch_(scratch),
        output_(*node.output()),
        human_(node.human_output()) {
    if (is_root) policy_ = &c.root_policy;
    if (c.mirror.active) anti_mirror_.emplace(c, state, policy());
  }

  Selection run() {
    choose_policy();
    read_edges();
    prepare_parent();
    Selection best;
    best.count_edge = count_edge_;
    double best_value = kWorst;
    for (std::size_t i = 0; i < scratch_.edges.size(); ++i) {
      const double value = existing_value(scratch_.edges[i]);
      if (value > best_value) {
        best_value = value;
        best.index = static_cast<int>(i);
        best.edge = scratch_.edges[i].edge;
        best.move = scratch_.edges[i].move;
      }
    }
    if (c_.eval_cache != nullptr) consider_remembered(best, best_value);
    const Loc candidate = best_new_move();
    if (candidate != kNullLoc && new_value(candidate, parent_.fpu) > best_value) {
      take_new(best, candidate);
    }
    force_passing_visits(best, candidate);
    if (best.index >= 0 && best.edge == nullptr) best.prior = output_.prior(c_.pos(best.move));
    return best;
  }

 private:
  // The policy of this selection as an array; expanded on demand.
  const std::vector<float>& policy() {
    if (policy_ == nullptr) {
      output_.expand_policy(scratch_.policy);
      policy_ = &scratch_.policy;
    }
    return *policy_;
  }
  double prior(Loc move) {
    if (policy_ != nullptr) return (*policy_)[static_cast<std::size_t>(c_.pos(move))];
    return output_.prior(c_.pos(move));
  }
  bool mirrors() const { return count_edge_ && anti_mirror_ && anti_mirror_->applies(); }

  // Section 8.7: some playouts explore by the human policy.
  void choose_policy() {
    if (human_ == nullptr) return;
    const bool own = node_.next_player == c_.root_player;
    const double weightless = is_root_ ? p_.human_sl_root_explore_prob_weightless
                              : own    ? p_.human_sl_pla_explore_prob_weightless
                                       : p_.human_sl_opp_explore_prob_weightless;
    const double weightful = is_root_ ? p_.human_sl_root_explore_prob_weightful
                             : own    ? p_.human_sl_pla_explore_prob_weightful
                                      : p_.human_sl_opp_explore_prob_weightful;
    if (weightless + weightful <= 0) return;
    const double r = std::uniform_real_distribution<double>(0, 1)(scratch_.random);
    if (r >= weightless + weightful) return;
    use_human_ = true;
    count_edge_ = r >= weightless;
    human_->expand_policy(scratch_.policy);
    policy_ = &scratch_.policy;
  }

  void read_edges() {
    scratch_.edges.clear();
    scratch_.has_edge.reset();
    node_.for_each_edge([](const Edge& edge) { edge.child->prefetch_stats(); });
    node_.for_each_edge([this](Edge& edge) {
      SelectEdge& view = scratch_.edges.emplace_back();
      view.edge = &edge;
      view.move = edge.move;
      const auto pos = static_cast<std::size_t>(c_.pos(view.move));
      scratch_.has_edge.set(pos);
      view.prior =
          policy_ != nullptr ? (*policy_)[pos] : edge.prior.load(std::memory_order_relaxed);
      // Edge visits first: the child's visits are counted before those of its edge.
      view.edge_visits = edge.visits.load(std::memory_order_acquire);
      read_child(*edge.child, view);
      if (view.prior < 0) return;
      sums_.policy_mass += view.prior;
      sums_.total_weight += view.weight;
      sums_.max_weight = std::max(sums_.max_weight, view.weight);
      sums_.edge_visits += view.edge_visits;
    });
  }

  void read_child(const Node& child, SelectEdge& view) const {
    double weight;
    if (is_root_) {
      const NodeStats stats = child.stats.read();
      view.child_visits = stats.visits;
      weight = stats.weight;
      view.utility = root_child_utility(c_, stats, view.move);
    } else {
      const SharedStats::Brief stats = child.stats.read_brief();
      view.child_visits = stats.visits;
      weight = stats.weight;
      view.utility = stats.utility;
    }
    view.weight = count_edge_ ? weight * edge_share(view.edge_visits, view.child_visits) : weight;
    if (view.child_visits <= 0 || view.weight <= 0) {
      view.utility = std::numeric_limits<double>::quiet_NaN();
    }
  }

  void prepare_parent() {
    parent_.stats = node_.stats.read();
    parent_.sign = sign_for_white(node_.next_player);
    parent_.weight_per_visit =
        parent_.stats.weight / static_cast<double>(std::max<std::int64_t>(1, parent_.stats.visits));
    parent_.fpu = first_play_urgency(c_, parent_.stats, output_, node_.next_player,
                                     sums_.policy_mass, is_root_);
    if (use_human_) {
      parent_.scale = (p_.human_sl_cpuct_exploration +
                       p_.human_sl_cpuct_permanent * std::sqrt(sums_.total_weight)) *
                      std::sqrt(sums_.total_weight + 0.01);
    } else {
      parent_.scale = exploration_scale(p_, sums_.total_weight, stdev_factor(p_, parent_.stats));
    }
  }

  // Flattens the prior and sometimes raises the utility (section 8.4, wide root noise).
  void add_wide_noise(double& q, double& utility) {
    if (p_.wide_root_noise <= 0 || q < 0) return;
    q = static_cast<float>(std::pow(q, 1.0 / (4.0 * p_.wide_root_noise + 1.0)));
    if (std::bernoulli_distribution(0.5)(scratch_.random)) {
      const double noise = std::normal_distribution<double>(0, 1)(scratch_.random);
      utility += parent_.sign * p_.wide_root_noise * std::abs(noise);
    }
  }

  double existing_value(const SelectEdge& edge) {
    double q = edge.prior;
    const double utility = std::isnan(edge.utility) ? parent_.fpu : edge.utility;
    EdgeUtility e = with_virtual_losses(c_, *edge.edge->child, edge.weight, utility, parent_.sign);
    if (is_root_ && count_edge_) {
      if (p_.futile_visits_threshold > 0) {
        const double visits_per_weight =
            (static_cast<double>(edge.edge_visits) + 1.0) / (e.weight + parent_.weight_per_visit);
        if (static_cast<double>(edge.child_visits) + visits_left_ <
            p_.futile_visits_threshold * sums_.max_weight * visits_per_weight) {
          return kFutile;
        }
      }
      if (p_.root_desired_per_child_visits_coeff > 0 && q > 0 &&
          e.weight < std::sqrt(q * sums_.total_weight * p_.root_desired_per_child_visits_coeff)) {
        return kForced;
      }
      add_wide_noise(q, e.utility);
    }
    if (mirrors()) {
      q = anti_mirror_->prior(edge.move, static_cast<float>(q));
      e.utility = anti_mirror_->explore(edge.move, e.utility, e.weight, sums_.total_weight,
                                        parent_.stats.utility);
    }
    return puct_value(parent_.scale, q, e.weight, parent_.sign * e.utility);
  }

  // Section 8.5: the likeliest move without an edge.
  Loc best_new_move() {
    const bool in_order = policy_ == nullptr && !output_.full() && !mirrors();
    if (in_order) {
      const int depth = c_.depth(state_);
      for (int rank = 0; rank < output_.ranked(); ++rank) {
        const Loc move = new_move(output_.ranked_pos(rank), depth);
        if (move != kNullLoc) return move;
      }
      if (output_.ranked() < Evaluation::kRanked) return kNullLoc;
    }
    return best_of_all_new_moves();
  }

  // The move at a policy position if it may get an edge, else kNullLoc.
  Loc new_move(int pos, int depth) const {
    if (scratch_.has_edge.test(static_cast<std::size_t>(pos))) return kNullLoc;
    const Loc move = c_.loc_of_pos[static_cast<std::size_t>(pos)];
    if (move == kNullLoc) return kNullLoc;
    if (is_root_ && c_.root_banned.test(static_cast<std::size_t>(move))) return kNullLoc;
    return c_.avoided(node_.next_player, move, depth) ? kNullLoc : move;
  }

  Loc best_of_all_new_moves() {
    Loc best = kNullLoc;
    float best_prior = -1;
    const bool mirrored = mirrors();
    const int depth = c_.depth(state_);
    const std::vector<float>& priors = policy();
    for (int pos = 0; pos < c_.policy_size; ++pos) {
      float q = priors[static_cast<std::size_t>(pos)];
      if (q < 0 || (!mirrored && !(q > best_prior))) continue;
      const Loc move = new_move(pos, depth);
      if (move == kNullLoc) continue;
      if (mirrored) q = anti_mirror_->prior(move, q);
      if (!(q > best_prior)) continue;
      best = move;
      best_prior = q;
    }
    return best;
  }

  // Section 15: moves that an earlier search has looked at start with what it found.
  void consider_remembered(Selection& best, double& best_value) {
    const EvalCacheEntryPtr entry = is_root_ ? c_.root_remembered : extra_of(c_, node_).remembered;
    if (entry == nullptr) return;
    const int depth = c_.depth(state_);
    for (const RememberedMove& m : entry->moves) {
      const int pos = c_.pos(m.move);
      if (pos < 0 || prior(m.move) < 0 || scratch_.has_edge.test(static_cast<std::size_t>(pos)) ||
          (is_root_ && c_.root_banned.test(static_cast<std::size_t>(m.move))) ||
          c_.avoided(node_.next_player, m.move, depth)) {
        continue;
      }
      const double score = m.score_mean;
      const double value = new_value(
          m.move, result_utility(c_, m.win_loss, 0) + score_utility(c_, score, score * score));
      if (value <= best_value) continue;
      best_value = value;
      take_new(best, m.move);
    }
  }

  // `utility`: White's view.
  double new_value(Loc move, double utility) {
    double q = prior(move);
    if (count_edge_ && anti_mirror_) q = anti_mirror_->prior(move, static_cast<float>(q));
    if (is_root_ && count_edge_) {
      if (p_.futile_visits_threshold > 0 &&
          visits_left_ < p_.futile_visits_threshold * sums_.max_weight / parent_.weight_per_visit) {
        return kFutile;
      }
      add_wide_noise(q, utility);
    }
    return puct_value(parent_.scale, q, 0.0, parent_.sign * utility);
  }

  void take_new(Selection& selection, Loc move) const {
    selection.index = static_cast<int>(scratch_.edges.size());
    selection.edge = nullptr;
    selection.move = move;
  }

  // Section 8.6: near the end of the game both pass and something else shall be looked at.
  void force_passing_visits(Selection& selection, Loc candidate) const {
    if (!p_.enable_more_passing_hacks || sums_.edge_visits < 2 || selection.index < 0) return;
    if (!c_.avoid_list(node_.next_player).empty()) return;
    if (!state_.pass_would_end_phase(node_.next_player)) return;
    const auto is_pass = [](const SelectEdge& edge) { return edge.move == kPassLoc; };
    const auto& edges = scratch_.edges;
    if (std::none_of(edges.begin(), edges.end(), is_pass)) {
      if (selection.move == kPassLoc) return;
      take_new(selection, kPassLoc);
    } else {
      const bool only_pass = std::all_of(edges.begin(), edges.end(), is_pass);
      if (!only_pass || selection.move != kPassLoc) return;
      if (candidate == kNullLoc || candidate == kPassLoc) return;
      take_new(selection, candidate);
    }
    selection.count_edge = false;
    selection.count_playout = false;
  }

  const SearchContext& c_;
  const SearchParams& p_;
  const Node& node_;
  const GameState& state_;
  const bool is_root_;
  const double visits_left_;
  SelectScratch& scratch_;
  const Evaluation& output_;
  const Evaluation* human_;
  const std::vector<float>* policy_ = nullptr;  // null: by the order of output_
  std::optional<AntiMirror> anti_mirror_;
  bool use_human_ = false, count_edge_ = true;
  EdgeSums sums_;
  ParentState parent_;
};

}  // namespace

Selection select_edge(const SearchContext& c, const Node& node, const GameState& state,
                      bool is_root, double visits_left, SelectScratch& scratch) {
  return Selector(c, node, state, is_root, visits_left, scratch).run();
}

}  // namespace hayago::search
