// Multiply-accumulates of a network as a function of the board's size.
#pragma once

namespace hayago::nn {

// Of one position, direct convolution (spec/01 section 11): products of pooled or global features,
// products of every point, and products of every pair of points.
struct MacCounts {
  double once = 0, per_point = 0, per_pair = 0;

  double at(int points) const { return once + points * (per_point + points * per_pair); }
  MacCounts& operator+=(const MacCounts& other) {
    once += other.once;
    per_point += other.per_point;
    per_pair += other.per_pair;
    return *this;
  }
};

}  // namespace hayago::nn
