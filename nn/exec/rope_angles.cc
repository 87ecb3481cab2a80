#include "nn/exec/rope_angles.h"

#include <cmath>

namespace hayago::nn {
namespace {

float fixed_angle(int j, int pairs, float theta, int y, int x) {
  const int half = pairs / 2;
  const bool by_row = j < half;
  const int step = by_row ? j : j - half;
  const float exponent = static_cast<float>(2 * step) / static_cast<float>(pairs);
  const float frequency = 1.0f / std::pow(theta, exponent);
  return static_cast<float>(by_row ? y : x) * frequency;
}

}  // namespace

OwnedRopeTable::OwnedRopeTable(const RopeTable& table)
    : kv_heads_(table.kv_heads),
      dim_(table.dim),
      frequencies_(table.frequencies.begin(), table.frequencies.end()),
      theta_(table.theta) {}

RopeAngles OwnedRopeTable::angles(int height, int width) const {
  const int pairs = dim_ / 2;
  RopeAngles angles;
  const auto count = static_cast<std::size_t>(height * width * kv_heads_ * pairs);
  angles.cosines.reserve(count);
  angles.sines.reserve(count);
  for (int pixel = 0; pixel < height * width; ++pixel) {
    const int y = pixel / width, x = pixel % width;
    for (int k = 0; k < kv_heads_; ++k) {
      for (int j = 0; j < pairs; ++j) {
        float angle = 0;
        if (frequencies_.empty()) {
          angle = fixed_angle(j, pairs, theta_, y, x);
        } else {
          const auto at = static_cast<std::size_t>((k * pairs + j) * 2);
          angle = static_cast<float>(x) * frequencies_[at] +
                  static_cast<float>(y) * frequencies_[at + 1];
        }
        angles.cosines.push_back(std::cos(angle));
        angles.sines.push_back(std::sin(angle));
      }
    }
  }
  return angles;
}

}  // namespace hayago::nn
