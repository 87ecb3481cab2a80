// What the results of a match say about the difference in strength. Games come in pairs that share
// an opening, so the unit of all statistics is the pair: the two games of a pair are not
// independent, the pairs are.
#pragma once
#include <array>
#include <cstdint>

namespace hayago::gtp {

// How many pairs brought A 0, 0.5, 1, 1.5 and 2 points.
using PairCounts = std::array<std::int64_t, 5>;

std::int64_t pair_total(const PairCounts& pairs);

// The logistic curve: a player who is `elo` stronger scores 1 / (1 + 10^(-elo/400)) per game.
double expected_score(double elo);
// Its inverse; infinite at 0 and 1.
double elo_from_score(double score);

struct EloEstimate {
  std::int64_t pairs = 0;
  double score = 0.5;        // mean share of the points
  double elo = 0;            // of A over B
  double low = 0, high = 0;  // 95 % interval of elo; infinite while nothing is known
  double superiority = 0.5;  // likelihood that A is the stronger one (LOS)
  bool is_known() const { return low > -1e300 || high < 1e300; }  // is there an interval
};
// Normal approximation: the mean of the pair scores with the standard error from their sample
// variance, its ends turned into Elo. Fewer than two pairs, or pairs that all scored alike, give no
// interval.
EloEstimate estimate_elo(const PairCounts& pairs);

}  // namespace hayago::gtp
