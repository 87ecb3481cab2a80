#include "quant/scales.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace hayago::quant {
namespace {

constexpr std::array<std::pair<RangeMethod, std::string_view>, 4> kNames = {{
    {RangeMethod::kMax, "max"},
    {RangeMethod::kPercentile, "percentile"},
    {RangeMethod::kMse, "mse"},
    {RangeMethod::kEntropy, "entropy"},
}};

constexpr double kTail = 1e-4;  // of kPercentile, at either end

// Ranges that clip: these shares of the lowest and highest value.
constexpr std::array kShares = {1.0,  0.95, 0.9,  0.85, 0.8,  0.75, 0.7,  0.65, 0.6,
                                0.55, 0.5,  0.45, 0.4,  0.35, 0.3,  0.25, 0.2,  0.15};

int byte_of(double x, const ByteRange& as) {
  return static_cast<int>(std::clamp(std::nearbyint(x / as.scale) + as.zero, 0.0, 255.0));
}

// The divergence of "every byte's mass spread evenly over the bins that had any and become it";
// what is clipped becomes the byte at the end.
double divergence(const Histogram& values, const ByteRange& as) {
  std::array<double, 256> mass{};
  std::array<int, 256> bins{};
  for (int i = 0; i < Histogram::kBins; ++i) {
    if (values.bin(i) == 0) continue;
    const auto byte = static_cast<std::size_t>(byte_of(values.bin_center(i), as));
    mass[byte] += static_cast<double>(values.bin(i));
    ++bins[byte];
  }
  double sum = 0;
  for (int i = 0; i < Histogram::kBins; ++i) {
    if (values.bin(i) == 0) continue;
    const auto byte = static_cast<std::size_t>(byte_of(values.bin_center(i), as));
    const auto p = static_cast<double>(values.bin(i));
    sum += p * std::log(p * bins[byte] / mass[byte]);
  }
  return sum / static_cast<double>(values.count());
}

// Only zeros on one side of 0 need no choice there.
ByteRange least(const Histogram& values, double (*cost)(const Histogram&, const ByteRange&)) {
  ByteRange best;
  double lowest_cost = std::numeric_limits<double>::infinity();
  const double low = std::min(values.lowest(), 0.0), high = std::max(values.highest(), 0.0);
  for (const double low_share : kShares) {
    for (const double high_share : kShares) {
      const ByteRange as = byte_range(low * low_share, high * high_share);
      const double candidate = cost(values, as);
      if (candidate < lowest_cost) {
        lowest_cost = candidate;
        best = as;
      }
      if (high == 0) break;
    }
    if (low == 0) break;
  }
  return best;
}

}  // namespace

std::string_view range_method_name(RangeMethod method) {
  for (const auto& [value, name] : kNames) {
    if (value == method) return name;
  }
  return "unknown";
}

std::optional<RangeMethod> parse_range_method(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

ByteRange byte_range(double low, double high) {
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  if (low == high) return {};
  ByteRange as;
  as.scale = static_cast<float>((high - low) / 255);
  as.zero = static_cast<int>(std::nearbyint(-low / as.scale));
  return as;
}

double mean_squared_error(const Histogram& values, const ByteRange& as) {
  if (values.count() == 0) return 0;
  const double low = (0 - as.zero) * as.scale, high = (255 - as.zero) * as.scale;
  double sum = 0;
  for (int i = 0; i < Histogram::kBins; ++i) {
    if (values.bin(i) == 0) continue;
    const double x = values.bin_center(i);
    const double clipped = x < low ? low - x : x > high ? x - high : 0;
    // Within the range, values are anywhere between two steps.
    const double square = clipped > 0 ? clipped * clipped : as.scale * as.scale / 12.0;
    sum += static_cast<double>(values.bin(i)) * square;
  }
  return sum / static_cast<double>(values.count());
}

ByteRange choose_range(const Histogram& values, RangeMethod method) {
  switch (method) {
    case RangeMethod::kMax:
      return byte_range(values.lowest(), values.highest());
    case RangeMethod::kPercentile:
      return byte_range(values.quantile(kTail), values.quantile(1 - kTail));
    case RangeMethod::kMse:
      return least(values, mean_squared_error);
    case RangeMethod::kEntropy:
      return least(values, divergence);
  }
  return {};
}

}  // namespace hayago::quant
