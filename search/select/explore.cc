#include "search/select/explore.h"

#include <algorithm>
#include <cmath>

#include "search/update/values.h"

namespace hayago::search {

double stdev_factor(const SearchParams& p, const NodeStats& parent) {
  const double prior = p.cpuct_utility_stdev_prior;
  double stdev = prior;
  if (parent.weight > 1) {
    const double mean_sq = parent.utility * parent.utility;
    const double utility_sq = std::max(parent.utility_sq, mean_sq);
    const double k = p.cpuct_utility_stdev_prior_weight;
    stdev = std::sqrt(std::max(0.0, ((mean_sq + prior * prior) * k + utility_sq * parent.weight) /
                                            (k + parent.weight - 1) -
                                        mean_sq));
  }
  return 1.0 + p.cpuct_utility_stdev_scale * (stdev / prior - 1.0);
}

double first_play_urgency(const SearchContext& c, const NodeStats& parent, const NetValues& output,
                          Player player, double policy_mass, bool is_root) {
  const SearchParams& p = c.params;
  double base = parent.utility;
  if (p.fpu_parent_weight_by_visited_policy) {
    const double share =
        std::min(1.0, std::pow(policy_mass, p.fpu_parent_weight_by_visited_policy_pow));
    base = share * parent.utility + (1 - share) * raw_utility(c, output);
  } else if (p.fpu_parent_weight > 0) {
    base =
        p.fpu_parent_weight * raw_utility(c, output) + (1 - p.fpu_parent_weight) * parent.utility;
  }
  const double sign = sign_for_white(player);
  const double reduction =
      (is_root ? p.root_fpu_reduction_max : p.fpu_reduction_max) * std::sqrt(policy_mass);
  const double loss_share = is_root ? p.root_fpu_loss_prop : p.fpu_loss_prop;
  const double fpu = base - sign * reduction;
  const double loss = -sign * c.utility_radius;
  return fpu + (loss - fpu) * loss_share;
}

double exploration_scale(const SearchParams& p, double total_weight, double factor) {
  const double cpuct =
      p.cpuct_exploration +
      p.cpuct_exploration_log *
          std::log((total_weight + p.cpuct_exploration_base) / p.cpuct_exploration_base);
  return cpuct * std::sqrt(total_weight + 0.01) * factor;
}

double root_child_utility(const SearchContext& c, const NodeStats& child, Loc move) {
  const double bonus = c.ending_bonus[static_cast<std::size_t>(move)];
  if (bonus == 0) return child.utility;
  return child.utility + score_utility_diff(c, child.score_mean, child.score_sq, bonus);
}

EdgeUtility with_virtual_losses(const SearchContext& c, const Node& child, double weight,
                                double utility, double sign) {
  EdgeUtility out{utility, weight};
  const int losses = child.virtual_losses.load(std::memory_order_relaxed);
  if (losses <= 0) return out;
  const double virtual_weight = losses * c.params.num_virtual_losses_per_thread;
  const double loss = -sign * c.utility_radius;
  out.utility +=
      (loss - out.utility) * virtual_weight / (virtual_weight + std::max(0.25, out.weight));
  out.weight += virtual_weight;
  return out;
}

}  // namespace hayago::search
