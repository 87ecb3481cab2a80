#include "gtp/match/elo.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hayago::gtp {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNormal95 = 1.959963984540054;  // two-sided 95 % of the normal distribution

}  // namespace

std::int64_t pair_total(const PairCounts& pairs) {
  return std::accumulate(pairs.begin(), pairs.end(), std::int64_t{0});
}

double expected_score(double elo) { return 1 / (1 + std::pow(10.0, -elo / 400)); }

double elo_from_score(double score) {
  if (score <= 0) return -kInfinity;
  if (score >= 1) return kInfinity;
  return -400 * std::log10(1 / score - 1);
}

EloEstimate estimate_elo(const PairCounts& pairs) {
  EloEstimate out;
  out.low = -kInfinity;
  out.high = kInfinity;
  out.pairs = pair_total(pairs);
  if (out.pairs == 0) return out;
  const double n = static_cast<double>(out.pairs);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double share = static_cast<double>(i) / 4;
    sum += share * static_cast<double>(pairs[i]);
    squares += share * share * static_cast<double>(pairs[i]);
  }
  out.score = sum / n;
  out.elo = elo_from_score(out.score);
  const double deviation = squares - sum * sum / n;  // sum of squared distances from the mean
  if (out.pairs < 2 || deviation < 1e-9) return out;
  const double error = std::sqrt(deviation / (n - 1) / n);
  out.low = elo_from_score(out.score - kNormal95 * error);
  out.high = elo_from_score(out.score + kNormal95 * error);
  out.superiority = 0.5 * std::erfc(-(out.score - 0.5) / error / std::sqrt(2.0));
  return out;
}

}  // namespace hayago::gtp
