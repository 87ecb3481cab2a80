#include "search/update/score_value.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace hayago::search {
namespace {

constexpr int kHalf = 19 * 19 + 60;  // the means go from -kHalf to kHalf, stdevs from 0 to kHalf
constexpr double kTwoOverPi = 0.63661977236758134308;

// T[i][j] of section 4.2. All arguments of the arc tangent are multiples of 0.1, so it is
// tabulated first: 50 thousand instead of 35 million calls.
std::vector<double> make_table() {
  constexpr int kSteps = 50;
  constexpr int kReach = 10 * kHalf + 5 + kHalf * kSteps;  // in tenths of a point
  std::vector<double> value(2 * kReach + 1);
  for (int n = -kReach; n <= kReach; ++n) {
    value[static_cast<std::size_t>(n + kReach)] = kTwoOverPi * std::atan(n / 10.0 / 19.0);
  }
  double weights[2 * kSteps + 1];
  double sum = 0;
  for (int k = -kSteps; k <= kSteps; ++k) {
    weights[k + kSteps] = std::exp(-(k / 10.0) * (k / 10.0) / 2);
    sum += weights[k + kSteps];
  }
  std::vector<double> table(static_cast<std::size_t>(2 * kHalf) * kHalf);
  for (int i = 0; i < 2 * kHalf; ++i) {
    const int mean = 10 * (i - kHalf) - 5;
    for (int j = 0; j < kHalf; ++j) {
      double total = 0;
      for (int k = -kSteps; k <= kSteps; ++k) {
        total += weights[k + kSteps] * value[static_cast<std::size_t>(mean + j * k + kReach)];
      }
      table[static_cast<std::size_t>(i) * kHalf + static_cast<std::size_t>(j)] = total / sum;
    }
  }
  return table;
}

}  // namespace

double expected_score_value(double mean, double stdev, double centre, double scale,
                            double root_area) {
  static const std::vector<double> table = make_table();
  const double to_nominal = 19 / (scale * root_area);
  const double m = (mean - centre) * to_nominal;
  const double s = stdev * to_nominal;
  const double m_rounded = std::round(m), s_floor = std::floor(s);
  // Clamped before the conversion: network outputs may be absurdly large.
  const double limit = 2.0 * kHalf;
  int i0 = static_cast<int>(std::clamp(m_rounded, -limit, limit)) + kHalf;
  int i1 = i0 + 1;
  int j0 = static_cast<int>(std::min(s_floor, limit));
  int j1 = j0 + 1;
  if (i0 < 0) i0 = i1 = 0;
  if (i1 >= 2 * kHalf) i0 = i1 = 2 * kHalf - 1;
  if (j1 >= kHalf) j0 = j1 = kHalf - 1;
  const double lambda_m = m - m_rounded + 0.5;
  const double lambda_s = s - s_floor;
  const auto at = [](int i, int j) {
    return table[static_cast<std::size_t>(i) * kHalf + static_cast<std::size_t>(j)];
  };
  const double b0 = at(i0, j0) + lambda_s * (at(i0, j1) - at(i0, j0));
  const double b1 = at(i1, j0) + lambda_s * (at(i1, j1) - at(i1, j0));
  return b0 + lambda_m * (b1 - b0);
}

double score_value_slope(double mean, double centre, double scale, double root_area) {
  const double k = scale * root_area;
  const double d = mean - centre;
  return kTwoOverPi * k / (k * k + d * d);
}

}  // namespace hayago::search
