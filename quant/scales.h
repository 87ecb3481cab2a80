// From a distribution of activations to the bytes that stand for them (design/quantization.md,
// method 3).
#pragma once
#include <optional>
#include <string_view>

#include "quant/histogram.h"

namespace hayago::quant {

// kMax: the whole range. kPercentile: all but one in 10,000 at either end. kMse: the range with the
// least mean squared error of rounding and clipping together. kEntropy: the range whose quantized
// distribution has the least Kullback-Leibler divergence from the distribution.
enum class RangeMethod { kMax, kPercentile, kMse, kEntropy };

// What 256 bytes stand for: scale * (q - zero).
struct ByteRange {
  float scale = 1;
  int zero = 0;  // 0..255
  bool operator==(const ByteRange&) const = default;
};

// "max", "percentile", "mse", "entropy".
std::string_view range_method_name(RangeMethod method);
std::optional<RangeMethod> parse_range_method(std::string_view name);

// The range is widened to contain 0, which is one of the 256 values, so that borders and padding
// are exact.
ByteRange byte_range(double low, double high);

// The mean squared difference between values and what their bytes stand for.
double mean_squared_error(const Histogram& values, const ByteRange& as);

// For an empty histogram (a layer that no position reached) the bytes are the numbers 0..255.
ByteRange choose_range(const Histogram& values, RangeMethod method);

}  // namespace hayago::quant
