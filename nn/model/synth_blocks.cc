#include "nn/model/synth_blocks.h"

#include <cmath>

namespace hayago::nn {
namespace {

// Networks below this width exist to exercise every form of the norm record; the others have the
// parameter counts of spec/01 section 11 and therefore a scale and a bias on every trunk norm.
constexpr int kVariedNormsBelow = 96;
constexpr int kInnerKernel = 3;
constexpr float kAttentionTheta = 100;  // of fixed ropes, as in practice

}  // namespace

OrdinaryBlock SynthBlocks::ordinary(const std::string& name, int channels, int mid, float& spread,
                                    float branch) {
  constexpr int k = kInnerKernel;
  OrdinaryBlock b;
  b.name = name;
  b.pre_norm = layers_.norm(name + ".norm1", channels, spread,
                            either(NormStyle::kFull, NormStyle::kScaleBias));
  b.pre_act = layers_.act(name + ".act1");
  b.conv1 = layers_.conv(name + ".conv1", k, channels, mid, layers_.deviation(k * k * channels));
  b.mid_norm = layers_.norm(name + ".norm2", mid, 1, NormStyle::kFull);
  b.mid_act = layers_.act(name + ".act2");
  b.conv2 = layers_.conv(name + ".conv2", k, mid, channels,
                         layers_.deviation(k * k * mid, std::sqrt(branch)));
  spread += branch;
  return b;
}

GPoolBlock SynthBlocks::gpool(const std::string& name, int channels, int mid, float& spread,
                              float branch) {
  constexpr int k = kInnerKernel;
  constexpr float kPooledShare = 0.36f;  // of the spread after the bias from the pooled features
  const int pooled = arch_.pooled;
  const int regular = mid > pooled ? mid - pooled : mid;
  GPoolBlock b;
  b.name = name;
  b.pre_norm = layers_.norm(name + ".norm1", channels, spread, NormStyle::kFull);
  b.pre_act = layers_.act(name + ".act1");
  b.conv1 = layers_.conv(name + ".conv1", k, channels, regular,
                         layers_.deviation(k * k * channels, 0.8f));
  b.g_conv =
      layers_.conv(name + ".convg", k, channels, pooled, layers_.deviation(k * k * channels));
  b.g_norm = layers_.norm(name + ".normg", pooled, 1, NormStyle::kBiasOnly);
  b.g_act = layers_.act(name + ".actg");
  b.g_to_bias =
      layers_.pooled_matmul(name + ".gtobias", pooled, regular, kPooledShare, {0.05f, 0.02f, 0.3f});
  const NormStyle style = arch_.trunk < kVariedNormsBelow
                              ? either(NormStyle::kFull, NormStyle::kPlain)
                              : NormStyle::kFull;
  b.mid_norm = layers_.norm(name + ".norm2", regular, 1, style);
  b.mid_act = layers_.act(name + ".act2");
  b.conv2 = layers_.conv(name + ".conv2", k, regular, channels,
                         layers_.deviation(k * k * regular, std::sqrt(branch)));
  spread += branch;
  return b;
}

std::unique_ptr<NestedBlock> SynthBlocks::nested(char kind, const std::string& name, int channels,
                                                 float& spread, float branch) {
  constexpr float kInnerBranch = 0.5f;
  const int mid = arch_.mid;
  auto b = std::make_unique<NestedBlock>();
  b->name = name;
  b->pre_norm = layers_.norm(name + ".normp", channels, spread,
                             either(NormStyle::kFull, NormStyle::kScaleBias));
  b->pre_act = layers_.act(name + ".actp");
  b->pre_conv = layers_.conv(name + ".convp", 1, channels, mid, layers_.deviation(channels));
  std::string kinds = kind == 'G' ? "go" : "oo";
  if (kind == 'T') {
    kinds.clear();
    for (int i = 0; i < arch_.pairs; ++i) kinds += "AF";
  }
  float inner = 1;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string inner_name = name + "." + std::to_string(i);
    b->inner.push_back(block(kinds[i], inner_name, mid, inner, kInnerBranch));
  }
  b->post_norm = layers_.norm(name + ".normq", mid, inner, NormStyle::kFull);
  b->post_act = layers_.act(name + ".actq");
  b->post_conv =
      layers_.conv(name + ".convq", 1, mid, channels, layers_.deviation(mid, std::sqrt(branch)));
  spread += branch;
  return b;
}

// Magnitudes from 1/64 to 1 radian per point with every octave equally likely, either sign.
std::vector<float> SynthBlocks::rope_frequencies() {
  std::vector<float> values(static_cast<std::size_t>(arch_.kv_heads) *
                            static_cast<std::size_t>(arch_.q_dim / 2) * 2);
  for (float& v : values) {
    v = layers_.random.uniform(0.5f, 1.0f);
    for (std::uint64_t octave = layers_.random.bits() % 6; octave > 0; --octave) v *= 0.5f;
    if (layers_.random.bits() % 2 == 0) v = -v;
  }
  return values;
}

AttentionBlock SynthBlocks::attention(const std::string& name, int channels, float& spread,
                                      float branch) {
  constexpr float kLogitGain = 1.4f;  // attention logits with a spread near 2
  constexpr float kAveraged = 0.4f;   // spread left after averaging values over the board
  const float in = 1 / std::sqrt(static_cast<float>(channels));
  AttentionBlock b;
  b.name = name;
  b.heads = arch_.heads;
  b.kv_heads = arch_.kv_heads;
  b.q_dim = arch_.q_dim;
  b.v_dim = arch_.v_dim;
  b.use_rope = arch_.rope != "none";
  b.learnable_rope = arch_.rope == "learned";
  b.pre_norm = layers_.tnorm(name + ".norm", channels);
  b.q_proj = layers_.matmul(name + ".q", channels, b.heads * b.q_dim, kLogitGain * in);
  b.k_proj = layers_.matmul(name + ".k", channels, b.kv_heads * b.q_dim, kLogitGain * in);
  b.v_proj = layers_.matmul(name + ".v", channels, b.kv_heads * b.v_dim, in);
  const int values = b.heads * b.v_dim;
  b.out_proj = layers_.matmul(name + ".out", values, channels,
                              std::sqrt(branch / (kAveraged * static_cast<float>(values))));
  if (b.learnable_rope) b.rope_freqs = rope_frequencies();
  if (b.use_rope && !b.learnable_rope) b.rope_theta = kAttentionTheta;
  spread += branch;
  return b;
}

FfnBlock SynthBlocks::ffn(const std::string& name, int channels, float& spread, float branch) {
  constexpr float kGated = 0.36f;  // second moment of silu(u)*v for standard normal u and v
  const float in = 1 / std::sqrt(static_cast<float>(channels));
  FfnBlock b;
  b.name = name;
  b.channels = channels;
  b.hidden = arch_.hidden;
  b.pre_norm = layers_.tnorm(name + ".norm", channels);
  b.linear1 = layers_.matmul(name + ".linear1", channels, b.hidden, in);
  b.gate = layers_.matmul(name + ".gate", channels, b.hidden, in);
  b.linear2 = layers_.matmul(name + ".linear2", b.hidden, channels,
                             std::sqrt(branch / (kGated * static_cast<float>(b.hidden))));
  spread += branch;
  return b;
}

Block SynthBlocks::block(char kind, const std::string& name, int channels, float& spread,
                         float branch) {
  switch (kind) {
    case 'o':
      return ordinary(name, channels, arch_.mid, spread, branch);
    case 'g':
      return gpool(name, channels, arch_.mid, spread, branch);
    case 'A':
      return attention(name, channels, spread, branch);
    case 'F':
      return ffn(name, channels, spread, branch);
    default:
      return nested(kind, name, channels, spread, branch);
  }
}

}  // namespace hayago::nn
