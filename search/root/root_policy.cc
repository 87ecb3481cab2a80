#include "search/root/root_policy.h"

#include <algorithm>
#include <cmath>

namespace hayago::search {
namespace {

void apply_temperature(std::vector<float>& policy, double temperature) {
  const float largest = *std::max_element(policy.begin(), policy.end());
  if (largest <= 0) return;
  const double log_largest = std::log(largest);
  double sum = 0;
  for (float& q : policy) {
    if (q > 0) q = static_cast<float>(std::exp((std::log(q) - log_largest) / temperature));
    if (q >= 0) sum += q;
  }
  for (float& q : policy) {
    if (q >= 0) q = static_cast<float>(q / sum);
  }
}

// Shares of the total concentration: half uniform, half by how much a move's log policy (capped)
// exceeds the average.
std::vector<double> dirichlet_shares(const std::vector<float>& policy) {
  std::vector<double> shares;
  double mean = 0;
  for (const float q : policy) {
    if (q < 0) continue;
    shares.push_back(std::log(std::min(0.01, static_cast<double>(q)) + 1e-20));
    mean += shares.back();
  }
  const double n = static_cast<double>(shares.size());
  mean /= n;
  double sum = 0;
  for (double& share : shares) {
    share = std::max(0.0, share - mean);
    sum += share;
  }
  for (double& share : shares) {
    share = sum <= 0 ? 1 / n : 0.5 * (share / sum + 1 / n);
  }
  return shares;
}

void add_dirichlet_noise(const SearchParams& p, std::vector<float>& policy,
                         std::mt19937_64& random) {
  std::vector<double> noise = dirichlet_shares(policy);
  double sum = 0;
  for (double& g : noise) {
    g = std::gamma_distribution<double>(g * p.root_dirichlet_noise_total_concentration)(random);
    sum += g;
  }
  if (!(sum > 0)) return;  // all draws underflowed
  const double weight = p.root_dirichlet_noise_weight;
  std::size_t i = 0;
  for (float& q : policy) {
    if (q >= 0) q = static_cast<float>(weight * noise[i++] / sum + (1 - weight) * q);
  }
}

}  // namespace

double interpolate_by_turn(const SearchContext& c, double early, double late) {
  const double halflives = c.turn_number / c.params.chosen_move_temperature_halflife * 19.0 /
                           std::sqrt(static_cast<double>(c.root_state.board().area()));
  return late + (early - late) * std::pow(0.5, halflives);
}

std::vector<float> transform_root_policy(const SearchContext& c, const std::vector<float>& policy,
                                         std::mt19937_64& random) {
  const SearchParams& p = c.params;
  std::vector<float> out = policy;
  if (p.root_policy_temperature != 1 || p.root_policy_temperature_early != 1) {
    apply_temperature(
        out, interpolate_by_turn(c, p.root_policy_temperature_early, p.root_policy_temperature));
  }
  if (p.root_noise_enabled) add_dirichlet_noise(p, out, random);
  return out;
}

}  // namespace hayago::search
