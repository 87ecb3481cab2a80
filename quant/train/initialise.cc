#include "quant/train/initialise.h"

#include <algorithm>
#include <cmath>

#include "nn/model/fold.h"
#include "nn/model/synth_layers.h"

namespace hayago::quant {
namespace {

constexpr float kActivePlanes = 3;   // of a point
constexpr float kGlobalGain = 0.3f;  // deviation of weights of global features
constexpr float kOutputGain = 0.2f;
// Pooled features are means, small, and maxima, about 2: their mean square is near 2.
constexpr float kPooledGain = 0.3f;
constexpr float kNoResultLogit = -3;

class Initialiser {
 public:
  explicit Initialiser(std::uint64_t seed) : random_(seed) {}

  void run(nn::ModelDesc& m) {
    trunk(m.trunk);
    policy(m.policy);
    value(m.value);
  }

 private:
  void fill(std::vector<float>& weights, float deviation) {
    for (float& w : weights) w = random_.normal() * deviation;
  }
  void zero(nn::BiasDesc& d) { std::fill(d.values.begin(), d.values.end(), 0.0f); }
  void rectified(nn::ConvDesc& d, float gain = 1) {
    fill(d.weights, gain * std::sqrt(2 / static_cast<float>(d.ky * d.kx * d.c_in)));
  }
  void rectified(nn::MatMulDesc& d, float gain = 1) {
    fill(d.weights, gain * std::sqrt(2 / static_cast<float>(d.c_in)));
  }
  void pooled(nn::MatMulDesc& d) {
    fill(d.weights, kPooledGain / std::sqrt(static_cast<float>(d.c_in)));
  }
  void norm(nn::NormDesc& d, float scale = 1) {
    d.has_scale = d.has_bias = true;
    d.eps = 1e-20f;
    d.scale.assign(d.mean.size(), scale);
    d.bias.assign(d.mean.size(), 0.0f);
    std::fill(d.mean.begin(), d.mean.end(), 0.0f);
    std::fill(d.variance.begin(), d.variance.end(), 1.0f);
    nn::fold_norm(d);
  }

  void trunk(nn::TrunkDesc& d) {
    const auto taps = static_cast<float>(d.initial_conv.ky * d.initial_conv.kx);
    fill(d.initial_conv.weights, 1 / std::sqrt(taps * kActivePlanes));
    fill(d.initial_matmul.weights, kGlobalGain);
    if (d.meta_encoder) {
      fill(d.meta_encoder->mul1.weights, kGlobalGain);
      zero(d.meta_encoder->bias1);
      rectified(d.meta_encoder->mul2);
      zero(d.meta_encoder->bias2);
      rectified(d.meta_encoder->mul3, kOutputGain);
    }
    stream(d.blocks);
    if (d.tip_norm) norm(*d.tip_norm, std::sqrt(0.5f));
  }

  // Blocks that add to a stream of variance 1.
  void stream(std::vector<nn::Block>& blocks) {
    const auto count = static_cast<float>(blocks.size());
    float variance = 1;
    for (nn::Block& block : blocks) {
      const float scale = 1 / std::sqrt(variance), branch = 1 / std::sqrt(count);
      std::visit([&](auto& held) { this->block(held, scale, branch); }, block);
      variance += 1 / count;
    }
  }
  void block(nn::OrdinaryBlock& d, float scale, float branch) {
    norm(d.pre_norm, scale);
    rectified(d.conv1);
    norm(d.mid_norm);
    rectified(d.conv2, branch);
  }
  void block(nn::GPoolBlock& d, float scale, float branch) {
    norm(d.pre_norm, scale);
    rectified(d.conv1);
    rectified(d.g_conv);
    norm(d.g_norm);
    pooled(d.g_to_bias);
    norm(d.mid_norm);
    rectified(d.conv2, branch);
  }
  void block(std::unique_ptr<nn::NestedBlock>& d, float scale, float branch) {
    norm(d->pre_norm, scale);
    rectified(d->pre_conv);
    stream(d->inner);
    norm(d->post_norm, std::sqrt(0.5f));
    rectified(d->post_conv, branch);
  }
  // Of transformers: TrainableModel refuses them.
  void block(nn::AttentionBlock&, float, float) {}
  void block(nn::FfnBlock&, float, float) {}

  void policy(nn::PolicyHeadDesc& d) {
    rectified(d.p1_conv);
    rectified(d.g1_conv);
    norm(d.g1_norm);
    pooled(d.g_to_bias);
    norm(d.p1_norm);
    rectified(d.p2_conv, kOutputGain);
    pooled(d.g_to_pass);
    if (d.pass_bias) zero(*d.pass_bias);
    if (d.g_to_pass2) rectified(*d.g_to_pass2, kOutputGain);
  }
  void value(nn::ValueHeadDesc& d) {
    rectified(d.v1_conv);
    norm(d.v1_norm);
    rectified(d.v2_mul);
    zero(d.v2_bias);
    rectified(d.v3_mul, kOutputGain);
    zero(d.v3_bias);
    d.v3_bias.values[2] = kNoResultLogit;
    rectified(d.sv3_mul, kOutputGain);
    zero(d.sv3_bias);
    rectified(d.own_conv, kOutputGain);
  }

  nn::SynthRandom random_;
};

}  // namespace

void initialise(nn::ModelDesc& model, std::uint64_t seed) { Initialiser(seed).run(model); }

}  // namespace hayago::quant
