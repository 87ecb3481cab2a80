#include <algorithm>
#include <cmath>

#include "kernels/gpool/kernel.h"

namespace hayago::kernels {
namespace {

struct Pooled {
  double mean = 0, maximum = -1;
};

Pooled pool_channel(const float* in, int pixels, int stride, const float* mask, double area) {
  Pooled result;
  for (int p = 0; p < pixels; ++p) {
    const double value = in[static_cast<std::size_t>(p) * stride];
    result.mean += value;
    result.maximum = std::max(result.maximum, value + (mask != nullptr ? mask[p] - 1.0 : 0.0));
  }
  result.mean /= area;
  return result;
}

template <bool kMax>
void pool(const float* in, int n, int pixels, int c, const float* mask, const float* area,
          float* out) noexcept {
  const int stride = padded(c);
  for (int b = 0; b < n; ++b) {
    const float* position = in + static_cast<std::size_t>(b) * pixels * stride;
    const float* position_mask =
        mask != nullptr ? mask + static_cast<std::size_t>(b) * pixels : mask;
    float* row = out + static_cast<std::size_t>(b) * padded(3 * c);
    std::fill_n(row, padded(3 * c), 0.0f);
    const double size = std::sqrt(static_cast<double>(area[b])) - 14;
    for (int i = 0; i < c; ++i) {
      const Pooled v = pool_channel(position + i, pixels, stride, position_mask, area[b]);
      row[i] = static_cast<float>(v.mean);
      row[c + i] = static_cast<float>(v.mean * size * 0.1);
      row[2 * c + i] = static_cast<float>(kMax ? v.maximum : v.mean * (size * size * 0.01 - 0.1));
    }
  }
}

}  // namespace

const PoolKernel gpool_f32_ref = {pool<true>, pool<false>};

}  // namespace hayago::kernels
