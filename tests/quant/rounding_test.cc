// Moments of patches, and weights rounded so that their errors cancel.
#include "quant/rounding.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/types.h"
#include "quant/moments.h"

namespace hayago::test {
namespace {

using quant::CompensatedRounding;

std::vector<double> normal(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> distribution;
  std::vector<double> values(count);
  for (double& value : values) value = distribution(random);
  return values;
}

// Of inputs that have `common` of their variance from one source.
std::vector<double> correlated(std::size_t size, double common) {
  std::vector<double> covariance(size * size, common);
  for (std::size_t i = 0; i < size; ++i) covariance[i * size + i] = 1;
  return covariance;
}

double variance(const std::vector<double>& covariance, const std::vector<double>& errors) {
  double sum = 0;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    for (std::size_t j = 0; j < errors.size(); ++j) {
      sum += covariance[i * errors.size() + j] * errors[i] * errors[j];
    }
  }
  return sum;
}

std::vector<double> errors_of(const CompensatedRounding::Output& output,
                              const std::vector<double>& weights) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    errors.push_back(output.weights[i] * output.scale - weights[i]);
  }
  return errors;
}

std::vector<double> nearest_errors(const std::vector<double>& weights, double scale) {
  std::vector<double> errors;
  for (const double w : weights) errors.push_back(std::nearbyint(w / scale) * scale - w);
  return errors;
}

double largest(const std::vector<double>& weights) {
  double most = 0;
  for (const double w : weights) most = std::max(most, std::abs(w));
  return most;
}

}  // namespace

TEST_CASE("moments are those of the patches, with zeros beyond the border", "[quant]") {
  constexpr int kHeight = 4, kWidth = 5, kChannels = 3, kTaps = 9;
  const int stride = kernels::padded(kChannels);
  const std::vector<double> numbers = normal(kHeight * kWidth * kChannels, 1);
  std::vector<float> tensor(static_cast<std::size_t>(kHeight * kWidth * stride));
  const auto at = [&](int y, int x, int c) -> double {
    if (y < 0 || y >= kHeight || x < 0 || x >= kWidth) return 0;
    return numbers[static_cast<std::size_t>((y * kWidth + x) * kChannels + c)];
  };
  quant::PatchCollector collector(3, 3, kChannels);
  std::vector<std::vector<double>> patches;
  for (int p = 0; p < kHeight * kWidth; ++p) {
    for (int c = 0; c < kChannels; ++c) {
      tensor[static_cast<std::size_t>(p * stride + c)] =
          static_cast<float>(at(p / kWidth, p % kWidth, c));
    }
  }
  // More than one block of them.
  for (int i = 0; i < 700; ++i) {
    const int p = i * i % (kHeight * kWidth);
    collector.add(tensor.data(), kHeight, kWidth, p);
    std::vector<double> patch;
    for (int t = 0; t < kTaps; ++t) {
      for (int c = 0; c < kChannels; ++c) {
        patch.push_back(at(p / kWidth + t / 3 - 1, p % kWidth + t % 3 - 1, c));
      }
    }
    patches.push_back(std::move(patch));
  }
  const quant::PatchMoments moments = collector.moments();
  REQUIRE(moments.size == kTaps * kChannels);
  CHECK(moments.patches == patches.size());
  double worst = 0;
  std::vector<double> mean(moments.size);
  for (const auto& patch : patches) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += patch[i] / double(patches.size());
  }
  for (std::size_t i = 0; i < mean.size(); ++i) {
    worst = std::max(worst, std::abs(moments.mean[i] - mean[i]));
    for (std::size_t j = 0; j < mean.size(); ++j) {
      double sum = 0;
      for (const auto& patch : patches) sum += (patch[i] - mean[i]) * (patch[j] - mean[j]);
      const double expected = sum / static_cast<double>(patches.size());
      worst = std::max(worst, std::abs(moments.covariance[i * mean.size() + j] - expected));
    }
  }
  CHECK(worst < 1e-4);  // sums of 512 products in float
}

TEST_CASE("errors of weights with common inputs cancel", "[quant]") {
  constexpr std::size_t kSize = 64;
  for (const double common : {0.5, 0.9, 0.99}) {
    const std::vector<double> covariance = correlated(kSize, common);
    const CompensatedRounding rounding(covariance, kSize);
    double compensated = 0, nearest = 0;
    for (unsigned seed = 1; seed <= 10; ++seed) {
      const std::vector<double> weights = normal(kSize, seed);
      const auto output = rounding.round(weights);
      const std::vector<double> errors = errors_of(output, weights);
      const double left = variance(covariance, errors);
      double squares = 0;
      for (const double error : errors) squares += error * error;
      CHECK(output.variance == Approx(left + 0.002 * squares).epsilon(0.02));  // with the addition
      compensated += left;
      nearest += variance(covariance, nearest_errors(weights, largest(weights) / 127));
    }
    INFO("common " << common);
    CHECK(compensated < (1.2 - common) * nearest);
  }
}

// Sum over pairs of outputs of S_ab * (e_a' C e_b).
double joint_cost(const std::vector<double>& sensitivity, const std::vector<double>& covariance,
                  const std::vector<std::vector<double>>& errors) {
  const std::size_t outputs = errors.size(), size = errors[0].size();
  double sum = 0;
  for (std::size_t a = 0; a < outputs; ++a) {
    for (std::size_t b = 0; b < outputs; ++b) {
      for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t j = 0; j < size; ++j) {
          sum +=
              sensitivity[a * outputs + b] * covariance[i * size + j] * errors[a][i] * errors[b][j];
        }
      }
    }
  }
  return sum;
}

TEST_CASE("errors of outputs that mean the same cancel", "[quant]") {
  constexpr std::size_t kSize = 24, kOutputs = 12;
  const std::vector<double> covariance = correlated(kSize, 0.5);
  const CompensatedRounding rounding(covariance, kSize);
  for (const double common : {0.0, 0.5, 0.9}) {
    const std::vector<double> sensitivity = correlated(kOutputs, common);
    std::vector<std::vector<double>> weights;
    for (unsigned o = 0; o < kOutputs; ++o) weights.push_back(normal(kSize, 30 + o));
    const auto cost = [&](std::span<const double> known) {
      const auto outputs = quant::JointRounding(rounding, known, kOutputs).round(weights, {});
      std::vector<std::vector<double>> errors;
      for (std::size_t o = 0; o < kOutputs; ++o) {
        errors.push_back(errors_of(outputs[o], weights[o]));
      }
      return joint_cost(sensitivity, covariance, errors);
    };
    INFO("common " << common);
    // Ideally (1 - common) of it; the lattice of integers is not that fine.
    CHECK(cost(sensitivity) < (1.05 - 0.4 * common) * cost({}));
  }
}

TEST_CASE("joint rounding keeps to scales that are given", "[quant]") {
  constexpr std::size_t kSize = 10, kOutputs = 3;
  const CompensatedRounding rounding(correlated(kSize, 0), kSize);
  std::vector<std::vector<double>> weights, scales;
  for (unsigned o = 0; o < kOutputs; ++o) {
    weights.push_back(normal(kSize, 50 + o));
    scales.emplace_back(kSize, 0.05 * (o + 1));
  }
  const auto outputs = quant::JointRounding(rounding, {}, kOutputs).round(weights, scales);
  for (std::size_t o = 0; o < kOutputs; ++o) {
    for (std::size_t i = 0; i < kSize; ++i) {
      CHECK(std::abs(outputs[o].weights[i] * scales[o][i] - weights[o][i]) <=
            scales[o][i] / 2 + 1e-9);
    }
  }
}

TEST_CASE("few weights are rounded nearly as well as can be", "[quant]") {
  constexpr std::size_t kSize = 4;
  const std::vector<double> covariance = correlated(kSize, 0.8);
  const CompensatedRounding rounding(covariance, kSize);
  double found = 0, best_sum = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const std::vector<double> weights = normal(kSize, 100 + seed);
    const auto output = rounding.round(weights);
    found += variance(covariance, errors_of(output, weights));
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 625; ++i) {  // every integer moved by -2..2
      std::vector<double> errors = errors_of(output, weights);
      for (int k = 0, rest = i; k < 4; ++k, rest /= 5) {
        errors[static_cast<std::size_t>(k)] += (rest % 5 - 2) * output.scale;
      }
      best = std::min(best, variance(covariance, errors));
    }
    best_sum += best;
  }
  CHECK(found <= 1.25 * best_sum);
}

TEST_CASE("weights of independent inputs are rounded to nearest", "[quant]") {
  constexpr std::size_t kSize = 20;
  const std::vector<double> weights = normal(kSize, 7);
  const auto output = CompensatedRounding(correlated(kSize, 0), kSize).round(weights);
  for (std::size_t i = 0; i < kSize; ++i) {
    const double exact = std::clamp(weights[i] / output.scale, -127.0, 127.0);
    CHECK(std::abs(output.weights[i] - exact) <= 0.5 + 1e-9);
  }
  // Inputs that never vary leave the weights free, but not undefined.
  const auto constant = CompensatedRounding(std::vector<double>(kSize * kSize), kSize);
  CHECK(constant.round(weights).scale > 0);
  CHECK(constant.round(std::vector<double>(kSize)).weights == std::vector<std::int8_t>(kSize));
}

}  // namespace hayago::test
