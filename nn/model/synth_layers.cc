#include "nn/model/synth_layers.h"

#include <cmath>
#include <span>

#include "nn/model/fold.h"

namespace hayago::nn {
namespace {

// Variance of act(z) for standard normal z, by numerical integration.
float activated_variance(Act act) {
  switch (act) {
    case Act::kIdentity:
      return 1.0f;
    case Act::kRelu:
      return 0.3408f;
    case Act::kMish:
      return 0.3945f;
    case Act::kSilu:
      return 0.3131f;
  }
  return 1.0f;
}

// Subtracts from each column (output) of rows x columns its mean.
void centre(std::span<float> weights, std::size_t columns) {
  const std::size_t rows = weights.size() / columns;
  if (rows < 2) return;
  std::vector<double> sum(columns, 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) sum[i % columns] += double{weights[i]};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] -= static_cast<float>(sum[i % columns] / static_cast<double>(rows));
  }
}

std::size_t product(int a, int b, int c = 1, int d = 1) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
         static_cast<std::size_t>(d);
}

}  // namespace

std::uint64_t SynthRandom::bits() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

float SynthRandom::normal() {
  const std::uint64_t b = bits();
  const auto sum =
      static_cast<std::int32_t>((b & 0xffff) + (b >> 16 & 0xffff) + (b >> 32 & 0xffff) + (b >> 48));
  constexpr std::int32_t kMean = 2 * 65535;
  constexpr float kInverseDeviation = 2.64289e-5f;  // 1/sqrt(4 * 65536^2/12)
  return static_cast<float>(sum - kMean) * kInverseDeviation;
}

float SynthRandom::uniform(float low, float high) {
  return low + (high - low) * (static_cast<float>(bits() >> 40) * 0x1p-24f);
}

std::vector<float> SynthLayers::normals(std::size_t count, float deviation) {
  std::vector<float> values(count);
  for (float& v : values) v = random.normal() * deviation;
  return values;
}

// Mostly around 1, some negative, a few nearly zero: all are legal and must work.
std::vector<float> SynthLayers::scales(std::size_t count) {
  std::vector<float> values(count);
  for (float& v : values) {
    v = random.uniform(0.75f, 1.25f);
    const std::uint64_t choice = random.bits() % 64;
    if (choice < 4) v = -v;
    if (choice == 63) v *= 0.01f;
  }
  return values;
}

float SynthLayers::deviation(int fan_in, float scale) const {
  return scale / std::sqrt(static_cast<float>(fan_in) * activated_variance(act_));
}

ConvDesc SynthLayers::conv(const std::string& name, int kernel, int c_in, int c_out,
                           float deviation) {
  ConvDesc d;
  d.name = name;
  d.ky = d.kx = kernel;
  d.c_in = c_in;
  d.c_out = c_out;
  d.weights = normals(product(kernel, kernel, c_in, c_out), deviation);
  centre(d.weights, static_cast<std::size_t>(c_out));
  return d;
}

MatMulDesc SynthLayers::matmul(const std::string& name, int c_in, int c_out, float deviation) {
  MatMulDesc d{name, c_in, c_out, normals(product(c_in, c_out), deviation)};
  centre(d.weights, static_cast<std::size_t>(c_out));
  return d;
}

MatMulDesc SynthLayers::pooled_matmul(const std::string& name, int pooled, int c_out, float target,
                                      std::initializer_list<float> spreads) {
  MatMulDesc d{name, 3 * pooled, c_out, {}};
  for (const float spread : spreads) {
    const float terms = 3.0f * static_cast<float>(pooled) * spread;
    std::vector<float> group = normals(product(pooled, c_out), std::sqrt(target / terms));
    centre(group, static_cast<std::size_t>(c_out));
    d.weights.insert(d.weights.end(), group.begin(), group.end());
  }
  return d;
}

BiasDesc SynthLayers::bias(const std::string& name, int channels, float deviation) {
  return {name, normals(static_cast<std::size_t>(channels), deviation)};
}

NormDesc SynthLayers::norm(const std::string& name, int channels, float spread, NormStyle style) {
  const auto n = static_cast<std::size_t>(channels);
  NormDesc d;
  d.name = name;
  d.has_scale = style == NormStyle::kFull || style == NormStyle::kScaleBias;
  d.has_bias = style != NormStyle::kPlain;
  d.eps = style == NormStyle::kFull ? 1e-4f : style == NormStyle::kPlain ? 1e-3f : 1e-20f;
  if (d.has_scale) d.scale = scales(n);
  if (d.has_bias) d.bias = normals(n, 0.2f);
  if (style == NormStyle::kScaleBias) {
    d.mean.assign(n, 0.0f);
    d.variance.assign(n, 1.0f);
    for (float& s : d.scale) s /= std::sqrt(spread);
  } else {
    d.mean = normals(n, 0.1f * std::sqrt(spread));
    d.variance.resize(n);
    for (float& v : d.variance) v = spread * random.uniform(0.7f, 1.4f);
  }
  fold_norm(d);
  return d;
}

RmsNormDesc SynthLayers::rms_norm(const std::string& name, int channels, bool spatial) {
  RmsNormDesc d{name, 1e-6f, spatial, {}, {}};
  d.gamma.resize(static_cast<std::size_t>(channels));
  for (float& g : d.gamma) g = random.uniform(0.7f, 1.3f);
  d.beta = normals(d.gamma.size(), 0.2f);
  return d;
}

TNormDesc SynthLayers::tnorm(const std::string& name, int channels) {
  TNormDesc d{name, 1e-6f, {}};
  d.weight.resize(static_cast<std::size_t>(channels));
  for (float& w : d.weight) w = random.uniform(0.7f, 1.3f);
  return d;
}

}  // namespace hayago::nn
