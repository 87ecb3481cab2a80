// Histograms of activations and the bytes chosen for them.
#include "quant/scales.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace hayago::test {
namespace {

using quant::ByteRange;
using quant::Histogram;
using quant::RangeMethod;

Histogram histogram_of(const std::vector<float>& values) {
  Histogram histogram;
  histogram.add(values);
  return histogram;
}

std::vector<float> normal(std::size_t count, unsigned seed, float factor = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution;
  std::vector<float> values(count);
  for (float& value : values) value = factor * distribution(random);
  return values;
}

double low(const ByteRange& as) { return -as.zero * static_cast<double>(as.scale); }
double high(const ByteRange& as) { return (255 - as.zero) * static_cast<double>(as.scale); }

// What rounding and clipping really do to the values.
double true_error(const std::vector<float>& values, const ByteRange& as) {
  double sum = 0;
  for (const float x : values) {
    const double q = std::clamp(std::nearbyint(1.0 * x / as.scale) + as.zero, 0.0, 255.0);
    const double difference = (q - as.zero) * as.scale - x;
    sum += difference * difference;
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("a histogram widens and keeps counts, extremes and quantiles", "[quant]") {
  std::vector<float> values = normal(20000, 1);
  values.push_back(100.0f);
  values.push_back(-7.5f);
  values.push_back(0.0f);
  Histogram histogram = histogram_of(values);
  CHECK(histogram.count() == values.size());
  CHECK(histogram.lowest() == -7.5);
  CHECK(histogram.highest() == 100.0);
  std::uint64_t total = 0;
  for (int i = 0; i < Histogram::kBins; ++i) total += histogram.bin(i);
  CHECK(total == values.size());
  CHECK(histogram.quantile(0.5) == Approx(0).margin(0.1));
  CHECK(histogram.quantile(0.975) == Approx(1.96).margin(0.15));
  CHECK(histogram.quantile(0) == -7.5);
  CHECK(histogram.quantile(1) == 100.0);
  histogram.add(std::vector<float>{NAN, std::numeric_limits<float>::infinity()});
  CHECK(histogram.not_finite() == 2);
  CHECK(histogram.count() == values.size());
}

TEST_CASE("merged histograms are the histogram of all values", "[quant]") {
  const std::vector<float> small = normal(500, 2), large = normal(700, 3, 40);
  Histogram merged = histogram_of(small);
  merged.merge(histogram_of(large));
  std::vector<float> both = small;
  both.insert(both.end(), large.begin(), large.end());
  const Histogram expected = histogram_of(both);
  CHECK(merged.count() == expected.count());
  CHECK(merged.lowest() == expected.lowest());
  CHECK(merged.highest() == expected.highest());
  bool same = merged.bin_width() == expected.bin_width();
  for (int i = 0; i < Histogram::kBins; ++i) same &= merged.bin(i) == expected.bin(i);
  CHECK(same);
  Histogram empty;
  empty.merge(expected);
  CHECK(empty.highest() == expected.highest());
}

TEST_CASE("0 is one of the values that bytes stand for", "[quant]") {
  for (const auto& [from, to] : std::vector<std::pair<double, double>>{
           {-0.31, 7}, {0, 3}, {-2, 0}, {-1e-6, 5}, {1, 4}, {-5, -3}}) {
    const ByteRange as = quant::byte_range(from, to);
    CHECK(as.zero >= 0);
    CHECK(as.zero <= 255);
    CHECK(low(as) <= std::min(from, 0.0) + as.scale);
    CHECK(high(as) >= std::max(to, 0.0) - as.scale);
  }
  CHECK(quant::byte_range(0, 0) == ByteRange{});
  CHECK(quant::byte_range(0, 255).zero == 0);
}

TEST_CASE("the mean squared error of a histogram is that of the values", "[quant]") {
  const std::vector<float> values = normal(50000, 4);
  const Histogram histogram = histogram_of(values);
  for (const double range : {1.0, 2.5, 4.0}) {
    const ByteRange as = quant::byte_range(-range, range);
    CHECK(quant::mean_squared_error(histogram, as) == Approx(true_error(values, as)).epsilon(0.05));
  }
}

TEST_CASE("methods differ in what they clip", "[quant]") {
  std::vector<float> values = normal(100000, 5);
  values.push_back(200.0f);  // far out
  const Histogram histogram = histogram_of(values);
  const ByteRange max = choose_range(histogram, RangeMethod::kMax);
  CHECK(high(max) == Approx(200).epsilon(0.01));
  CHECK(high(choose_range(histogram, RangeMethod::kPercentile)) < 10);
  const ByteRange mse = choose_range(histogram, RangeMethod::kMse);
  CHECK(true_error(values, mse) <= 1.001 * true_error(values, max));
  // Without outliers nothing much is clipped by any method but max's neighbours.
  const Histogram even = histogram_of(normal(100000, 6));
  for (const RangeMethod method :
       {RangeMethod::kMax, RangeMethod::kPercentile, RangeMethod::kMse, RangeMethod::kEntropy}) {
    const ByteRange as = choose_range(even, method);
    CHECK(high(as) > 2);
    CHECK(low(as) < -2);
    CHECK(quant::parse_range_method(quant::range_method_name(method)) == method);
  }
  CHECK_FALSE(quant::parse_range_method("best"));
}

}  // namespace hayago::test
