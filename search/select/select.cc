#include "search/select/select.h"

#include <algorithm>
#include <cmath>

#include "search/select/anti_mirror.h"
#include "search/select/explore.h"

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
        human_(node.human_output()),
        policy_(&c.policy(output_, is_root)),
        anti_mirror_(c, state, *policy_) {}

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
    const Loc candidate = best_new_move();
    if (candidate != kNullLoc && new_value(candidate) > best_value) take_new(best, candidate);
    force_passing_visits(best, candidate);
    return best;
  }

 private:
  double prior(Loc move) const { return (*policy_)[static_cast<std::size_t>(c_.pos(move))]; }

  // Weight of an edge in this selection.
  double weight_of(const EdgeView& edge) const {
    return count_edge_ ? edge.weight : edge.stats.weight;
  }

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
    policy_ = &human_->policy;
  }

  void read_edges() {
    scratch_.edges.clear();
    scratch_.has_edge.reset();
    node_.for_each_edge([this](Edge& edge) {
      const EdgeView& view = scratch_.edges.emplace_back(view_edge(edge));
      scratch_.has_edge.set(static_cast<std::size_t>(c_.pos(view.move)));
      const double q = prior(view.move);
      if (q < 0) return;
      const double weight = weight_of(view);
      sums_.policy_mass += q;
      sums_.total_weight += weight;
      sums_.max_weight = std::max(sums_.max_weight, weight);
      sums_.edge_visits += view.edge_visits;
    });
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

  double existing_value(const EdgeView& edge) {
    double q = prior(edge.move);
    EdgeUtility e = edge_utility(c_, edge, weight_of(edge), parent_.fpu, parent_.sign, is_root_);
    if (is_root_ && count_edge_) {
      if (p_.futile_visits_threshold > 0) {
        const double visits_per_weight =
            (static_cast<double>(edge.edge_visits) + 1.0) / (e.weight + parent_.weight_per_visit);
        if (static_cast<double>(edge.stats.visits) + visits_left_ <
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
    if (count_edge_ && anti_mirror_.applies()) {
      q = anti_mirror_.prior(edge.move, static_cast<float>(q));
      e.utility = anti_mirror_.explore(edge.move, e.utility, e.weight, sums_.total_weight,
                                       parent_.stats.utility);
    }
    return puct_value(parent_.scale, q, e.weight, parent_.sign * e.utility);
  }

  // Section 8.5: the likeliest move without an edge.
  Loc best_new_move() const {
    Loc best = kNullLoc;
    float best_prior = -1;
    const bool mirrored = count_edge_ && anti_mirror_.applies();
    const Player player = node_.next_player;
    const int depth = c_.depth(state_);
    for (int pos = 0; pos < c_.policy_size; ++pos) {
      float q = (*policy_)[static_cast<std::size_t>(pos)];
      if (q < 0 || (!mirrored && !(q > best_prior))) continue;
      if (scratch_.has_edge.test(static_cast<std::size_t>(pos))) continue;
      const Loc move = c_.loc_of_pos[static_cast<std::size_t>(pos)];
      if (move == kNullLoc) continue;
      if (mirrored) q = anti_mirror_.prior(move, q);
      if (!(q > best_prior)) continue;
      if (is_root_ && c_.root_banned.test(static_cast<std::size_t>(move))) continue;
      if (c_.avoided(player, move, depth)) continue;
      best = move;
      best_prior = q;
    }
    return best;
  }

  double new_value(Loc move) {
    double q = prior(move);
    if (count_edge_) q = anti_mirror_.prior(move, static_cast<float>(q));
    double utility = parent_.fpu;
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
    const auto is_pass = [](const EdgeView& edge) { return edge.move == kPassLoc; };
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
  const NetOutput& output_;
  const NetOutput* human_;
  const std::vector<float>* policy_;
  const AntiMirror anti_mirror_;
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
