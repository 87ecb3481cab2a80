// Positions and results for the executor tests.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/isa.h"
#include "nn/exec/executor.h"

namespace hayago::test {

// Every instruction set with float kernels that this machine can run, "ref" first.
inline std::vector<std::string> usable_isas() {
  std::vector<std::string> names;
  for (const kernels::Isa isa : kernels::kAllIsas) {
    if (kernels::float_isa(isa) == isa) names.emplace_back(kernels::isa_name(isa));
  }
  return names;
}

struct TestInput {
  std::vector<float> spatial, global, meta;
  std::vector<std::uint32_t> planes;  // instead of spatial unless empty
  nn::PositionInput view() const {
    const float* const metadata = meta.empty() ? nullptr : meta.data();
    if (!planes.empty()) return {nullptr, global.data(), metadata, planes.data()};
    return {spatial.data(), global.data(), metadata};
  }
};

// A square board that filled its buffer, in the top-left corner of a larger one.
inline TestInput in_larger_buffer(const nn::NetInfo& net, const TestInput& small, int board,
                                  int buffer) {
  TestInput large = small;
  large.spatial.assign(static_cast<std::size_t>(buffer * buffer * net.c_spatial), 0.0f);
  for (int y = 0; y < board; ++y) {
    std::copy_n(&small.spatial[static_cast<std::size_t>(y * board * net.c_spatial)],
                board * net.c_spatial,
                &large.spatial[static_cast<std::size_t>(y * buffer * net.c_spatial)]);
  }
  return large;
}

// The same with one bit per plane.
inline TestInput as_bits(const nn::NetInfo& net, TestInput input) {
  const auto count = static_cast<std::size_t>(net.c_spatial);
  input.planes.assign(input.spatial.size() / count, 0u);
  for (std::size_t i = 0; i < input.spatial.size(); ++i) {
    if (input.spatial[i] != 0) input.planes[i / count] |= 1u << i % count;
  }
  input.spatial.clear();
  return input;
}

// Sparse random planes on a board in the top-left corner of the buffer; 0 elsewhere.
inline TestInput random_input(const nn::NetInfo& net, int buffer_h, int buffer_w, int board_h,
                              int board_w, unsigned seed) {
  std::mt19937 random(seed);
  TestInput input;
  input.spatial.assign(static_cast<std::size_t>(buffer_h * buffer_w * net.c_spatial), 0.0f);
  for (int y = 0; y < board_h; ++y) {
    for (int x = 0; x < board_w; ++x) {
      float* planes = &input.spatial[static_cast<std::size_t>((y * buffer_w + x) * net.c_spatial)];
      planes[0] = 1;
      for (int c = 1; c < net.c_spatial; ++c) planes[c] = random() % 4 == 0 ? 1.0f : 0.0f;
    }
  }
  const auto values = [&](int count) {
    std::vector<float> v(static_cast<std::size_t>(count));
    for (float& x : v) x = static_cast<float>(random() % 256) / 128.0f - 1.0f;
    return v;
  };
  input.global = values(net.c_global);
  input.meta = values(net.c_meta);
  return input;
}

struct TestOutput {
  std::vector<float> policy, pass, value, score, ownership;
  TestOutput() = default;
  TestOutput(const nn::NetInfo& net, int points) {
    const auto size = [](int n) { return static_cast<std::size_t>(n); };
    policy.resize(size(net.policy_channels * points));
    pass.resize(size(net.policy_channels));
    value.resize(3);
    score.resize(size(net.score_channels));
    ownership.resize(size(points));
  }
  nn::RawOutput view() {
    return {policy.data(), pass.data(), value.data(), score.data(), ownership.data()};
  }
  // All numbers one after the other.
  std::vector<float> flat() const {
    std::vector<float> all;
    for (const auto* part : {&policy, &pass, &value, &score, &ownership}) {
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }
  bool same_bits(const TestOutput& other) const {
    const auto a = flat(), b = other.flat();
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
  }
};

// Root mean square of the difference, relative to that of the expected numbers.
inline double rms_relative(const TestOutput& expected, const TestOutput& got) {
  const auto a = expected.flat(), b = got.flat();
  double errors = 0, squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    errors += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    squares += std::pow(static_cast<double>(a[i]), 2);
  }
  return std::sqrt(errors / squares);
}

inline std::vector<TestOutput> run_batch(nn::ExecContext& context, const nn::NetInfo& net,
                                         int points, const std::vector<TestInput>& inputs) {
  std::vector<TestOutput> results(inputs.size(), TestOutput(net, points));
  std::vector<nn::PositionInput> in;
  std::vector<nn::RawOutput> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    in.push_back(inputs[i].view());
    out.push_back(results[i].view());
  }
  context.run(in, out);
  return results;
}

inline TestOutput run_one(const nn::Executor& executor, int height, int width,
                          const TestInput& input) {
  const auto context = executor.make_context(height, width, 1);
  return run_batch(*context, executor.info(), height * width, {input}).front();
}

// Largest difference; infinite when a number is not finite.
inline double worst(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!std::isfinite(d)) return std::numeric_limits<double>::infinity();
    result = std::max(result, d);
  }
  return result;
}

// The largest difference of the five outputs, each in units of its largest number (at least 1):
// random networks have policy logits of several units, and rounding grows with them.
inline double worst_relative(const TestOutput& expected, const TestOutput& got) {
  double result = 0;
  const auto add = [&](const std::vector<float>& a, const std::vector<float>& b) {
    double scale = 1;
    for (const float x : a) scale = std::max(scale, static_cast<double>(std::abs(x)));
    result = std::max(result, worst(a, b) / scale);
  };
  add(expected.policy, got.policy);
  add(expected.pass, got.pass);
  add(expected.value, got.value);
  add(expected.score, got.score);
  add(expected.ownership, got.ownership);
  return result;
}

}  // namespace hayago::test
