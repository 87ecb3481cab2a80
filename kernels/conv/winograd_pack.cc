#include "kernels/conv/winograd_pack.h"

#include <array>
#include <vector>

#include "kernels/cpu/panels.h"

namespace hayago::kernels {
namespace {

using Row = std::array<double, 3>;

// G of winograd_tiles.h: (inputs, 3).
std::vector<Row> weight_transform(const WinogradPacking& packing) {
  std::vector<Row> g;
  for (int j = 0; j < packing.inputs - 1; ++j) {
    const double p = packing.points[j];
    double denominator = 1;
    for (int k = 0; k < packing.inputs - 1; ++k) {
      if (k != j) denominator *= p - packing.points[k];
    }
    g.push_back({1 / denominator, p / denominator, p * p / denominator});
  }
  g.push_back({0, 0, 1});
  return g;
}

// row_y^T g row_x for the 3x3 kernel g of one channel pair, whose taps are `tap_stride` apart.
double transform_one(const float* weights, std::size_t tap_stride, const Row& row_y,
                     const Row& row_x) {
  double sum = 0;
  for (std::size_t y = 0; y < 3; ++y) {
    for (std::size_t x = 0; x < 3; ++x) {
      sum += row_y[y] * row_x[x] * weights[(y * 3 + x) * tap_stride];
    }
  }
  return sum;
}

}  // namespace

void pack_winograd(const ConvShape& shape, const float* weights, const WinogradPacking& packing,
                   float* packed) {
  const std::vector<Row> g = weight_transform(packing);
  const std::size_t pairs = static_cast<std::size_t>(shape.c_in) * shape.c_out;
  std::vector<float> transformed(g.size() * g.size() * pairs);
  for (std::size_t y = 0; y < g.size(); ++y) {
    for (std::size_t x = 0; x < g.size(); ++x) {
      float* matrix = transformed.data() + (y * g.size() + x) * pairs;
      for (std::size_t pair = 0; pair < pairs; ++pair) {
        matrix[pair] = static_cast<float>(transform_one(weights + pair, pairs, g[y], g[x]));
      }
    }
  }
  pack_panels(transformed.data(), packing.inputs * packing.inputs, shape.c_in, shape.c_out,
              packing.lanes, packing.max_vectors, packed);
}

}  // namespace hayago::kernels
