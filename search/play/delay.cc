#include "search/play/delay.h"

#include <algorithm>

namespace hayago::search {

double move_delay(const DelaySettings& settings, double policy, std::mt19937_64& random) {
  if (settings.scale <= 0 || settings.max <= 0) return 0;
  // Unexpected moves take longer; the gamma distribution has mean 2, so the mean is
  // scale/(p+0.1)/2.
  std::gamma_distribution<double> gamma(2.0, 1.0);
  const double seconds = gamma(random) * 0.5 * settings.scale / (policy + 0.10) / 2;
  return std::min(std::max(seconds, 0.0001), settings.max);
}

}  // namespace hayago::search
