#include <cmath>

#include "nn/exec/cpu/cpu_op.h"

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

RopeAngles rope_angles(int kv_heads, int dim, std::span<const float> frequencies, float theta,
                       int height, int width) {
  const int pairs = dim / 2;
  RopeAngles angles;
  const auto count = static_cast<std::size_t>(height * width * kv_heads * pairs);
  angles.cosines.reserve(count);
  angles.sines.reserve(count);
  for (int pixel = 0; pixel < height * width; ++pixel) {
    const int y = pixel / width, x = pixel % width;
    for (int k = 0; k < kv_heads; ++k) {
      for (int j = 0; j < pairs; ++j) {
        float angle = 0;
        if (frequencies.empty()) {
          angle = fixed_angle(j, pairs, theta, y, x);
        } else {
          const auto at = static_cast<std::size_t>((k * pairs + j) * 2);
          angle =
              static_cast<float>(x) * frequencies[at] + static_cast<float>(y) * frequencies[at + 1];
        }
        angles.cosines.push_back(std::cos(angle));
        angles.sines.push_back(std::sin(angle));
      }
    }
  }
  return angles;
}

}  // namespace hayago::nn
