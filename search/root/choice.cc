#include "search/root/choice.h"

#include <algorithm>
#include <cmath>

#include "search/root/human_choice.h"
#include "search/root/root_rules.h"
#include "search/select/explore.h"
#include "search/update/values.h"

namespace hayago::search {
namespace {

constexpr double kTiny = 1e-50;

class Chooser {
 public:
  Chooser(const SearchContext& c, const Node& node, bool is_root, const ChoiceOptions& options,
          PlayValues& out)
      : c_(c),
        p_(c.params),
        node_(node),
        is_root_(is_root),
        options_(options),
        out_(out),
        output_(node.output()),
        sign_(sign_for_white(node.next_player)) {}

  bool run() {
    out_ = {};
    if (output_ == nullptr) return false;
    pass_suppressed_ = is_root_ && suppresses_pass(c_, node_);
    read_edges();
    if (!out_.edges.empty()) {
      find_best();
      if (is_root_) reduce_overvisited();
      apply_lcb();
    } else if (is_root_ && options_.direct_policy) {
      take_policy();
    }
    return replace_by_policy_if_zero() && finish();
  }

 private:
  double prior(const EdgeView& view) const {
    return is_root_ ? c_.root_prior(view.move) : view.edge->prior.load(std::memory_order_relaxed);
  }
  bool suppressed(Loc move) const { return move == kPassLoc && pass_suppressed_; }

  void read_edges() {
    node_.for_each_edge([this](Edge& edge) {
      const EdgeView& view = out_.edges.emplace_back(view_edge(edge));
      out_.moves.push_back(view.move);
      const bool excluded = prior(view) < 0 || suppressed(view.move);
      out_.values.push_back(excluded ? 0 : view.weight);
      total_weight_ += view.weight;
    });
  }

  // Step 2: the best child, where few visits do not make a child the best.
  void find_best() {
    double best_goodness = 0;
    for (std::size_t i = 0; i < out_.edges.size(); ++i) {
      const double visits = static_cast<double>(out_.edges[i].edge_visits);
      const double goodness = out_.values[i] * std::max(0.0, visits - 1) / std::max(1.0, visits) +
                              2 * prior(out_.edges[i]);
      if (i == 0 || goodness > best_goodness) {
        best_goodness = goodness;
        best_ = i;
      }
    }
    best_value_ = out_.values[best_];
  }

  // Step 3: visits beyond what selection would have wanted, now that the values are known.
  void reduce_overvisited() {
    const NodeStats stats = node_.stats.read();
    double mass = 0;
    for (const EdgeView& edge : out_.edges) mass += std::max(0.0, prior(edge));
    const double fpu = first_play_urgency(c_, stats, *output_, node_.next_player, mass, true);
    const double scale = exploration_scale(p_, total_weight_, stdev_factor(p_, stats));
    const EdgeView& best = out_.edges[best_];
    const bool known = best.stats.visits > 0 && best.weight > 0;
    const EdgeUtility e =
        with_virtual_losses(c_, *best.child, best.weight,
                            known ? root_child_utility(c_, best.stats, best.move) : fpu, sign_);
    const double best_selection = puct_value(scale, prior(best), e.weight, sign_ * e.utility);
    for (std::size_t i = 0; i < out_.edges.size(); ++i) {
      const EdgeView& edge = out_.edges[i];
      if (i == best_) continue;
      if (suppressed(edge.move) || edge.stats.visits <= 0 || edge.weight <= 0) {
        out_.values[i] = 0;
        continue;
      }
      const double utility = root_child_utility(c_, edge.stats, edge.move);
      const double q = prior(edge);
      const double gap = best_selection - sign_ * utility;
      double wanted = edge.weight;  // a child as good as the best: no limit
      if (q < 0) {
        wanted = 0;
      } else if (gap > 0) {
        wanted = std::max(0.0, scale * q / gap - 1);
      }
      out_.values[i] = std::ceil(std::min(edge.weight, wanted));
    }
  }

  // Step 4.
  void apply_lcb() {
    if (options_.never_lcb || !(options_.always_lcb || p_.use_lcb_for_selection)) return;
    std::size_t best = out_.edges.size();
    for (std::size_t i = 0; i < out_.edges.size(); ++i) {
      out_.lcb.push_back(edge_lcb(c_, out_.edges[i], node_.next_player, is_root_));
      const bool enough =
          out_.values[i] > 0 && out_.values[i] >= p_.min_visit_prop_for_lcb * best_value_;
      if (enough && (best == out_.edges.size() || out_.lcb[i].bound > out_.lcb[best].bound)) {
        best = i;
      }
    }
    const bool found = best < out_.edges.size() && (p_.use_non_buggy_lcb || best > 0);
    if (!p_.use_lcb_for_selection || !found) return;
    double adjusted = out_.values[best];
    for (std::size_t i = 0; i < out_.edges.size(); ++i) {
      const double excess = out_.lcb[best].bound - out_.lcb[i].bound;
      if (i == best || excess < 0) continue;
      const double radius = out_.lcb[i].radius;
      const double factor = (radius + excess) / (radius + 0.2 * excess);
      adjusted = std::max(adjusted, factor * factor * out_.values[i]);
    }
    out_.values[best] = adjusted;
  }

  // Step 5.
  void take_policy() {
    for (const bool only_allowed : {true, false}) {
      for (int pos = 0; pos < c_.policy_size; ++pos) {
        const Loc move = c_.loc_of_pos[static_cast<std::size_t>(pos)];
        if (move == kNullLoc || c_.root_prior(move) < 0 ||
            !c_.root_state.is_legal(move, node_.next_player)) {
          continue;
        }
        if (c_.avoided(c_.root_player, move, 0)) continue;
        if (only_allowed && c_.root_banned.test(static_cast<std::size_t>(move))) continue;
        out_.moves.push_back(move);
        out_.values.push_back(suppressed(move) ? 0 : c_.root_prior(move));
      }
      if (!out_.moves.empty()) return;
    }
  }

  double largest() const {
    double value = 0;
    for (const double v : out_.values) value = std::max(value, v);
    return value;
  }

  // Step 6.
  bool replace_by_policy_if_zero() {
    if (out_.moves.empty()) return false;
    if (largest() > kTiny) return true;
    for (std::size_t i = 0; i < out_.moves.size(); ++i) {
      // Without edges these are root moves.
      const double q = out_.edges.empty() ? c_.root_prior(out_.moves[i]) : prior(out_.edges[i]);
      out_.values[i] = std::max(0.0, q);
    }
    return largest() > kTiny;
  }

  // Steps 7 to 9.
  bool finish() {
    const double top = largest();
    const double subtract = std::min(p_.chosen_move_subtract, top / 64);
    const double prune = std::min(p_.chosen_move_prune, top / 64);
    for (double& value : out_.values) {
      value = value < prune ? 0.0 : std::max(0.0, value - subtract);
    }
    blend_human_policy(c_, node_, is_root_ && options_.direct_policy, pass_suppressed_, out_);
    const double new_top = largest();
    if (new_top > 0 && new_top < options_.at_least) {
      for (double& value : out_.values) value *= options_.at_least / new_top;
    }
    return true;
  }

  const SearchContext& c_;
  const SearchParams& p_;
  const Node& node_;
  const bool is_root_;
  const ChoiceOptions& options_;
  PlayValues& out_;
  const Evaluation* output_;
  const double sign_;
  bool pass_suppressed_ = false;
  double total_weight_ = 0;
  std::size_t best_ = 0;
  double best_value_ = 0;
};

}  // namespace

Lcb edge_lcb(const SearchContext& c, const EdgeView& edge, Player player, bool is_root) {
  const SearchParams& p = c.params;
  Lcb out;
  out.radius = 2 * c.utility_radius * p.lcb_stdevs;
  out.bound = -out.radius;
  const NodeStats& s = edge.stats;
  if (s.visits <= 0 || edge.weight <= 0 || edge.weight_sq <= 0) return out;
  double weight = edge.weight, weight_sq = edge.weight_sq;
  double samples = weight * weight / weight_sq;  // effective sample size
  // A prior of the largest possible spread, which fades with the third power of the sample size.
  const double prior_weight = weight / (samples * samples * samples);
  double utility_sq = std::max(s.utility_sq, s.utility * s.utility + 1e-8);
  utility_sq =
      (utility_sq * weight + (utility_sq + c.utility_radius * c.utility_radius) * prior_weight) /
      (weight + prior_weight);
  weight += prior_weight;
  weight_sq += prior_weight * prior_weight;
  samples = weight * weight / weight_sq;
  out.radius = p.lcb_stdevs * std::sqrt((utility_sq - s.utility * s.utility) / samples);
  const double utility = is_root ? root_child_utility(c, s, edge.move) : s.utility;
  out.bound = sign_for_white(player) * utility - out.radius;
  return out;
}

bool play_values(const SearchContext& c, const Node& node, bool is_root,
                 const ChoiceOptions& options, PlayValues& out) {
  return Chooser(c, node, is_root, options, out).run();
}

std::size_t choose_index(const SearchParams& p, const std::vector<double>& values,
                         double temperature, std::mt19937_64& random) {
  const auto largest = std::max_element(values.begin(), values.end());
  const double below = p.chosen_move_temperature_only_below_prob;
  if (temperature <= 1e-4 && below >= 1) {
    return static_cast<std::size_t>(largest - values.begin());
  }
  double sum = 0;
  for (const double value : values) sum += value;
  const double threshold =
      std::min(0.0, std::log(std::max(1e-50, below)) + std::log(sum / *largest));
  const double t = std::max(temperature, 1e-4);
  std::vector<double> weights;
  for (const double value : values) {
    double weight = 0;
    if (value > 0) {
      const double x = std::log(value / *largest);
      weight = x > threshold ? std::exp(x) : std::exp((x - threshold) / t + threshold);
    }
    weights.push_back(weight);
  }
  return std::discrete_distribution<std::size_t>(weights.begin(), weights.end())(random);
}

}  // namespace hayago::search
