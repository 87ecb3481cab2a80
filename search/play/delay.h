// Human-like delay before a move (spec/06 section 6 step 7).
#pragma once
#include <random>

namespace hayago::search {

struct DelaySettings {
  double scale = 0;  // delayMoveScale, 0 .. 10000 seconds
  double max = 1e6;  // delayMoveMax, 0 .. 1e6 seconds
};
// Seconds to wait before playing a move of that policy probability (of the human network if there
// is one); 0 when delays are off.
double move_delay(const DelaySettings& settings, double policy, std::mt19937_64& random);

}  // namespace hayago::search
