#include "gtp/match/sprt.h"

#include <cmath>
#include <vector>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

using Distribution = std::array<double, 5>;

double share_of(std::size_t index) { return static_cast<double>(index) / 4; }

// The tilt t that makes q_i = p_i / (1 + t*(share_i - mean)) the most likely distribution with that
// mean, given the observed frequencies p (Lagrange multiplier of the mean; q then sums to 1 by
// itself). The condition sum q_i*(share_i - mean) = 0 falls with t, so it is bisected between the
// ends where q_4 or q_0 would become infinite.
double tilt_for_mean(const Distribution& p, double mean) {
  double low = -1 / (1 - mean), high = 1 / mean;
  constexpr int kHalvings = 200;  // more than a double can resolve
  for (int i = 0; i < kHalvings; ++i) {
    const double t = (low + high) / 2;
    double excess = 0;
    for (std::size_t k = 0; k < p.size(); ++k) {
      const double distance = share_of(k) - mean;
      excess += p[k] * distance / (1 + t * distance);
    }
    (excess > 0 ? low : high) = t;
  }
  return (low + high) / 2;
}

}  // namespace

double SprtSettings::lower() const { return std::log(beta / (1 - alpha)); }
double SprtSettings::upper() const { return std::log((1 - beta) / alpha); }

search::Parsed<SprtSettings> parse_sprt(std::string_view text) {
  const std::string expected = "expected elo0,elo1[,alpha,beta], for example 0,10,0.05,0.05";
  const std::vector<std::string> parts = split(text, ',');
  if (parts.size() != 2 && parts.size() != 4) return {std::nullopt, expected};
  std::vector<double> values;
  for (const std::string& part : parts) {
    const auto value = parse_double(part);
    if (!value) return {std::nullopt, "'" + part + "' is no number; " + expected};
    values.push_back(*value);
  }
  SprtSettings out;
  out.elo0 = values[0];
  out.elo1 = values[1];
  if (values.size() == 4) {
    out.alpha = values[2];
    out.beta = values[3];
  }
  if (out.elo0 >= out.elo1) return {std::nullopt, "elo0 must be smaller than elo1"};
  const auto is_small = [](double p) { return p > 0 && p < 0.5; };
  if (!is_small(out.alpha) || !is_small(out.beta)) {
    return {std::nullopt, "alpha and beta must lie between 0 and 0.5"};
  }
  if (std::abs(out.elo0) > 1000 || std::abs(out.elo1) > 1000) {
    return {std::nullopt, "elo0 and elo1 must lie between -1000 and 1000"};
  }
  return {out, ""};
}

double log_likelihood_ratio(const PairCounts& pairs, double elo0, double elo1) {
  if (pair_total(pairs) == 0) return 0;
  // A result that has not happened yet is not impossible; without this trace a mean beyond the
  // results seen so far could not be reached.
  constexpr double kTrace = 1e-3;
  Distribution p{};
  double total = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    p[k] = pairs[k] == 0 ? kTrace : static_cast<double>(pairs[k]);
    total += p[k];
  }
  for (double& share : p) share /= total;
  const double mean0 = expected_score(elo0), mean1 = expected_score(elo1);
  const double t0 = tilt_for_mean(p, mean0), t1 = tilt_for_mean(p, mean1);
  double sum = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    sum += p[k] * (std::log1p(t0 * (share_of(k) - mean0)) - std::log1p(t1 * (share_of(k) - mean1)));
  }
  return total * sum;
}

SprtDecision sprt_decision(const SprtSettings& settings, double llr) {
  if (llr <= settings.lower()) return SprtDecision::kH0;
  return llr >= settings.upper() ? SprtDecision::kH1 : SprtDecision::kNone;
}

}  // namespace hayago::gtp
