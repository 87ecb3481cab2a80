#include "kernels/narrow/winograd_weights.h"

#include <cmath>

#include "kernels/conv/winograd_pack.h"
#include "kernels/narrow/winograd_forms.h"

namespace hayago::kernels {
namespace {

// One product's weights (c_in, c_out): sum of factors[tap] * weights of the tap.
std::vector<double> combine(std::span<const std::int8_t> weights, const std::vector<double>& y,
                            const std::vector<double>& x, std::size_t pairs) {
  std::vector<double> sums(pairs, 0.0);
  for (std::size_t tap = 0; tap < 9; ++tap) {
    const double factor = y[tap / 3] * x[tap % 3];
    if (factor == 0) continue;
    const std::int8_t* const from = weights.data() + tap * pairs;
    for (std::size_t i = 0; i < pairs; ++i) sums[i] += factor * from[i];
  }
  return sums;
}

}  // namespace

// Row j: the coefficients of the product of all (x - p_k), k != j (winograd_tiles.h).
std::vector<std::vector<int>> winograd_input_rows(int outputs) {
  const std::size_t inputs = static_cast<std::size_t>(outputs) + 2;
  const double* points = outputs == 2 ? NarrowWinograd2::kPoints : NarrowWinograd4::kPoints;
  std::vector<std::vector<int>> rows;
  for (std::size_t j = 0; j < inputs; ++j) {
    std::vector<int> row(inputs, 0);
    row[0] = 1;
    for (std::size_t k = 0; k + 1 < inputs; ++k) {
      if (k == j) continue;
      for (std::size_t i = inputs; i-- > 0;) {
        row[i] = (i > 0 ? row[i - 1] : 0) - row[i] * static_cast<int>(points[k]);
      }
    }
    rows.push_back(row);
  }
  return rows;
}

WinogradWeights transform_byte_weights(const WinogradForm& form, int c_in, int c_out,
                                       std::span<const std::int8_t> weights) {
  const auto g = winograd_weight_transform(form.points, form.inputs, 3);
  const auto outputs = static_cast<std::size_t>(c_out);
  const std::size_t pairs = static_cast<std::size_t>(c_in) * outputs;
  WinogradWeights result;
  result.weights.reserve(g.size() * g.size() * pairs);
  for (const auto& y : g) {
    for (const auto& x : g) {
      const std::vector<double> sums = combine(weights, y, x, pairs);
      std::vector<double> largest(outputs, 0.0);
      for (std::size_t i = 0; i < pairs; ++i) {
        largest[i % outputs] = std::max(largest[i % outputs], std::abs(sums[i]));
      }
      for (double& value : largest) value = value > 0 ? value / 127 : 1;
      for (std::size_t i = 0; i < pairs; ++i) {
        const double q = std::nearbyint(sums[i] / largest[i % outputs]);
        result.weights.push_back(static_cast<std::int8_t>(q));
      }
      for (const double step : largest) result.scales.push_back(static_cast<float>(step));
    }
  }
  return result;
}

}  // namespace hayago::kernels
