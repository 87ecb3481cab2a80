// Random layers with a known spread of their outputs: the parts of synth_model().
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "nn/model/desc.h"

namespace hayago::nn {

// SplitMix64. Own generator and distributions, because those of the standard library differ between
// implementations. Only additions, products and one rounding: equal on every machine.
class SynthRandom {
 public:
  explicit SynthRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  // Sum of four uniform numbers: close to a normal distribution, deviation 1, at most 3.5.
  float normal();
  float uniform(float low, float high);

 private:
  std::uint64_t state_;
};

enum class NormStyle {
  kFull,       // mean, variance, scale and bias, eps 1e-4
  kScaleBias,  // mean 0, variance 1, eps 1e-20: how untrained statistics are written
  kBiasOnly,   // mean, variance and bias, eps 1e-20
  kPlain       // mean and variance, eps 1e-3
};

class SynthLayers {
 public:
  SynthLayers(std::uint64_t seed, Act act) : random(seed), act_(act) {}

  // Weights whose sum over all inputs is 0 for each output: what is the same in every position is
  // not passed on, so that the outputs of deep networks still depend on the position.
  ConvDesc conv(const std::string& name, int kernel, int c_in, int c_out, float deviation);
  MatMulDesc matmul(const std::string& name, int c_in, int c_out, float deviation);
  // For the three groups of pooled features with the given spreads; the product has spread
  // `target`.
  MatMulDesc pooled_matmul(const std::string& name, int pooled, int c_out, float target,
                           std::initializer_list<float> spreads);
  BiasDesc bias(const std::string& name, int channels, float deviation);
  // For inputs around 0 with second moment `spread`; the result has spread 1 around a small bias.
  NormDesc norm(const std::string& name, int channels, float spread, NormStyle style);
  RmsNormDesc rms_norm(const std::string& name, int channels, bool spatial);
  TNormDesc tnorm(const std::string& name, int channels);
  ActDesc act(const std::string& name) const { return {name, act_}; }

  // Deviation of weights that turn a normalised, activated input of that many terms into an output
  // with deviation `scale`.
  float deviation(int fan_in, float scale = 1) const;

  SynthRandom random;

 private:
  std::vector<float> normals(std::size_t count, float deviation);
  std::vector<float> scales(std::size_t count);

  Act act_;
};

}  // namespace hayago::nn
