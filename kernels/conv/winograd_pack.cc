#include "kernels/conv/winograd_pack.h"

#include <vector>

#include "kernels/cpu/panels.h"

namespace hayago::kernels {
namespace {

using Row = std::vector<double>;

// to[o] = row_y^T g_o row_x for the kernels g_o of one input channel, whose taps are `tap_stride`
// apart in `weights`. Output channels are the inner loop because they are contiguous.
void transform_row(const float* weights, std::size_t tap_stride, const Row& row_y, const Row& row_x,
                   std::vector<double>& sums, float* to) {
  sums.assign(sums.size(), 0.0);
  for (std::size_t y = 0; y < row_y.size(); ++y) {
    for (std::size_t x = 0; x < row_x.size(); ++x) {
      const double factor = row_y[y] * row_x[x];
      const float* tap = weights + (y * row_x.size() + x) * tap_stride;
      for (std::size_t o = 0; o < sums.size(); ++o) sums[o] += factor * tap[o];
    }
  }
  for (std::size_t o = 0; o < sums.size(); ++o) to[o] = static_cast<float>(sums[o]);
}

}  // namespace

std::vector<Row> winograd_weight_transform(const double* points, int inputs, int kernel) {
  std::vector<Row> g;
  for (int j = 0; j < inputs - 1; ++j) {
    const double p = points[j];
    double denominator = 1;
    for (int k = 0; k < inputs - 1; ++k) {
      if (k != j) denominator *= p - points[k];
    }
    Row row(static_cast<std::size_t>(kernel), 1 / denominator);
    for (std::size_t i = 1; i < row.size(); ++i) row[i] = row[i - 1] * p;
    g.push_back(row);
  }
  g.emplace_back(static_cast<std::size_t>(kernel), 0.0);
  g.back().back() = 1;
  return g;
}

void pack_winograd(const ConvShape& shape, const float* weights, const WinogradPacking& packing,
                   float* packed) {
  const std::vector<Row> g =
      winograd_weight_transform(packing.points, packing.inputs, packing.kernel);
  const std::size_t pairs = static_cast<std::size_t>(shape.c_in) * shape.c_out;
  std::vector<double> sums(static_cast<std::size_t>(shape.c_out));
  std::vector<float> transformed(g.size() * g.size() * pairs);
  for (std::size_t y = 0; y < g.size(); ++y) {
    for (std::size_t x = 0; x < g.size(); ++x) {
      float* matrix = transformed.data() + (y * g.size() + x) * pairs;
      for (std::size_t pair = 0; pair < pairs; pair += sums.size()) {
        transform_row(weights + pair, pairs, g[y], g[x], sums, matrix + pair);
      }
    }
  }
  pack_panels(transformed.data(), packing.inputs * packing.inputs, shape.c_in, shape.c_out,
              packing.lanes, packing.panels, packed);
}

}  // namespace hayago::kernels
