#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/model/load.h"
#include "nn/model/synth_blocks.h"
#include "nn/model/tokens.h"
#include "nn/model/write.h"

namespace hayago::nn {
namespace {

constexpr int kMaxInitialKernel = 31;

[[noreturn]] void refuse(const SynthOptions& options, const std::string& fact) {
  throw ModelError(fmt::format("random network {}: {}", options.arch, fact));
}

// The row of the table; the ending "rs" or "lrs" of transformers selects the rope.
SynthArch find_arch(const SynthOptions& options) {
  for (const SynthArch& row : synth_arch_table()) {
    if (row.name == options.arch) return row;
    if (row.heads == 0 || !options.arch.starts_with(row.name)) continue;
    const std::string_view suffix = std::string_view(options.arch).substr(row.name.size());
    SynthArch arch = row;
    arch.rope = suffix == "lrs" ? "learned" : "fixed";
    if (suffix == "lrs" || suffix == "rs") return arch;
  }
  refuse(options, fmt::format("unknown architecture, known are {}", fmt::join(synth_archs(), " ")));
}

int choose_version(const SynthOptions& options, const SynthArch& arch) {
  const int smallest = options.meta ? kFirstVersionWithOptions : kMinVersion;
  const int version = options.version.value_or(std::max(arch.version, smallest));
  if (version < kMinVersion || version > kMaxVersion) {
    refuse(options,
           fmt::format("version {} is not one of {} to {}", version, kMinVersion, kMaxVersion));
  }
  if (version < smallest) {
    refuse(options, fmt::format("a metadata encoder needs version {} or later, not {}",
                                kFirstVersionWithOptions, version));
  }
  return version;
}

Act choose_activation(const SynthOptions& options, const SynthArch& arch, int version) {
  if (version >= kFirstVersionWithActivations) return options.activation.value_or(arch.act);
  if (options.activation.value_or(Act::kRelu) != Act::kRelu) {
    refuse(options, fmt::format("activations other than ReLU need version {} or later, not {}",
                                kFirstVersionWithActivations, version));
  }
  return Act::kRelu;
}

std::string_view choose_tip(const SynthOptions& options, const SynthArch& arch, int version) {
  const bool rms_possible = version >= kFirstVersionWithOptions;
  if (options.tip.empty()) return rms_possible ? arch.tip : "bn";
  if (options.tip != "bn" && options.tip != "rms" && options.tip != "rms-spatial") {
    refuse(options, fmt::format("trunk tip '{}' is not one of bn, rms, rms-spatial", options.tip));
  }
  if (options.tip != "bn" && !rms_possible) {
    refuse(options, fmt::format("an rms trunk tip needs version {} or later, not {}",
                                kFirstVersionWithOptions, version));
  }
  return options.tip;
}

std::string_view choose_rope(const SynthOptions& options, const SynthArch& arch) {
  if (options.rope.empty()) return arch.rope;
  if (options.rope != "none" && options.rope != "fixed" && options.rope != "learned") {
    refuse(options, fmt::format("rope '{}' is not one of none, fixed, learned", options.rope));
  }
  if (arch.heads == 0) refuse(options, "rope is an option of transformers only");
  return options.rope;
}

int choose_policy_channels(const SynthOptions& options, int version) {
  const int channels = policy_channels(version, options.policy_channels.value_or(2));
  if (channels != options.policy_channels.value_or(channels)) {
    refuse(options, fmt::format("version {} has {} policy channels, not {}", version, channels,
                                *options.policy_channels));
  }
  if (channels != 1 && channels != 2 && channels != 4) {
    refuse(options, fmt::format("policy channels are {}, must be 2 or 4", channels));
  }
  return channels;
}

int choose_kernel(const SynthOptions& options, const SynthArch& arch) {
  const int kernel = options.initial_kernel.value_or(arch.kernel);
  if (kernel < 1 || kernel > kMaxInitialKernel || kernel % 2 == 0) {
    refuse(options, fmt::format("first kernel {} is not odd and between 1 and {}", kernel,
                                kMaxInitialKernel));
  }
  return kernel;
}

// FNV-1a: networks that differ in any option get different weights.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h;
}

std::string model_name(const SynthOptions& options, const SynthArch& arch, int policy) {
  constexpr std::size_t kPrefix = std::string_view("ACTIVATION_").size();
  std::string name =
      fmt::format("{}-v{}-{}", arch.name, arch.version, act_token(arch.act).substr(kPrefix));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (arch.tip != "bn") name += fmt::format("-{}", arch.tip);
  if (arch.heads > 0) name += fmt::format("-rope_{}", arch.rope);
  if (options.meta) name += "-meta";
  return name + fmt::format("-k{}-p{}-seed{}", arch.kernel, policy, options.seed);
}

// The architecture with what the options change.
SynthArch resolve(const SynthOptions& options) {
  SynthArch arch = find_arch(options);
  arch.version = choose_version(options, arch);
  arch.act = choose_activation(options, arch, arch.version);
  arch.tip = choose_tip(options, arch, arch.version);
  arch.rope = choose_rope(options, arch);
  arch.kernel = choose_kernel(options, arch);
  return arch;
}

MetaEncoderDesc meta_encoder(SynthLayers& layers, int trunk) {
  const int hidden = std::min(trunk, 64);
  MetaEncoderDesc d;
  d.name = "meta_encoder";
  d.c_in = kMetaValues;
  d.mul1 = layers.matmul("meta.mul1", kMetaValues, hidden, 0.35f);
  d.bias1 = layers.bias("meta.bias1", hidden, 0.3f);
  d.act1 = layers.act("meta.act1");
  d.mul2 = layers.matmul("meta.mul2", hidden, hidden, layers.deviation(hidden));
  d.bias2 = layers.bias("meta.bias2", hidden, 0.3f);
  d.act2 = layers.act("meta.act2");
  d.mul3 = layers.matmul("meta.mul3", hidden, trunk, layers.deviation(hidden, 0.5f));
  return d;
}

TrunkDesc trunk(SynthLayers& layers, const SynthArch& arch, const ModelDesc& m) {
  // Two to three planes are set on a typical point, so that the stream starts with this spread.
  constexpr float kInputGain = 0.7f, kInputSpread = 1.2f;
  TrunkDesc t;
  t.name = "trunk";
  t.channels = arch.trunk;
  t.c_mid = arch.mid;
  t.c_regular = std::max(1, arch.mid - arch.pooled);
  t.c_dilated = t.c_gpool = arch.pooled;
  t.norm_kind = arch.tip == "bn" ? 0 : 1;
  t.initial_conv = layers.conv("conv_spatial", arch.kernel, m.c_spatial, arch.trunk,
                               kInputGain / static_cast<float>(arch.kernel));
  t.initial_matmul = layers.matmul("linear_global", m.c_global, arch.trunk, 0.35f);
  if (m.meta_version > 0) t.meta_encoder = meta_encoder(layers, arch.trunk);
  float spread = kInputSpread;
  const float branch = std::min(0.4f, 5.0f / static_cast<float>(arch.blocks.size()));
  SynthBlocks blocks(layers, arch);
  for (std::size_t i = 0; i < arch.blocks.size(); ++i) {
    const std::string name = "blocks." + std::to_string(i);
    t.blocks.push_back(blocks.block(arch.blocks[i], name, arch.trunk, spread, branch));
  }
  if (t.norm_kind == 0) {
    t.tip_norm = layers.norm("trunk_tip.norm", arch.trunk, spread, NormStyle::kFull);
  } else {
    t.tip_rms = layers.rms_norm("trunk_tip.rmsnorm", arch.trunk, arch.tip == "rms-spatial");
  }
  t.tip_act = layers.act("trunk_tip.act");
  return t;
}

PolicyHeadDesc policy_head(SynthLayers& layers, const SynthArch& arch, int channels) {
  constexpr float kLogitDeviation = 1.6f;
  PolicyHeadDesc d;
  d.name = "policyhead";
  d.channels = channels;
  d.p1_conv = layers.conv("policy.p1", 1, arch.trunk, arch.p1, layers.deviation(arch.trunk));
  d.g1_conv = layers.conv("policy.g1", 1, arch.trunk, arch.g1, layers.deviation(arch.trunk));
  d.g1_norm = layers.norm("policy.g1norm", arch.g1, 1, NormStyle::kBiasOnly);
  d.g1_act = layers.act("policy.g1act");
  const auto pooled = {0.05f, 0.02f, 0.3f};
  d.g_to_bias = layers.pooled_matmul("policy.gtobias", arch.g1, arch.p1, 0.1f, pooled);
  d.p1_norm = layers.norm("policy.p1norm", arch.p1, 1, NormStyle::kBiasOnly);
  d.p1_act = layers.act("policy.p1act");
  d.p2_conv =
      layers.conv("policy.p2", 1, arch.p1, channels, layers.deviation(arch.p1, kLogitDeviation));
  if (arch.version < kFirstVersionWithOptions) {
    d.g_to_pass = layers.pooled_matmul("policy.pass", arch.g1, channels, 0.4f, pooled);
    return d;
  }
  d.g_to_pass = layers.pooled_matmul("policy.pass1", arch.g1, arch.p1, 1.0f, pooled);
  d.pass_bias = layers.bias("policy.passbias", arch.p1, 0.2f);
  d.pass_act = layers.act("policy.passact");
  d.g_to_pass2 = layers.matmul("policy.pass2", arch.p1, channels, layers.deviation(arch.p1, 0.5f));
  return d;
}

ValueHeadDesc value_head(SynthLayers& layers, const SynthArch& arch) {
  // Weight and bias of the score outputs: mean, deviation, lead, variance time, two errors.
  constexpr float kGain[] = {0.15f, 0.3f, 0.15f, 0.3f, 0.3f, 0.3f};
  constexpr float kBase[] = {0.0f, -0.3f, 0.0f, 0.2f, -1.0f, -1.5f};
  constexpr float kNoResultBase = -3.0f;
  const auto scores = static_cast<std::size_t>(score_channels(arch.version));
  ValueHeadDesc d;
  d.name = "valuehead";
  d.v1_conv = layers.conv("value.v1", 1, arch.trunk, arch.v1, layers.deviation(arch.trunk));
  d.v1_norm = layers.norm("value.v1norm", arch.v1, 1, NormStyle::kBiasOnly);
  d.v1_act = layers.act("value.v1act");
  d.v2_mul = layers.pooled_matmul("value.v2", arch.v1, arch.v2, 1.0f, {0.05f, 0.02f, 0.02f});
  d.v2_bias = layers.bias("value.v2bias", arch.v2, 0.3f);
  d.v2_act = layers.act("value.v2act");
  d.v3_mul = layers.matmul("value.v3", arch.v2, 3, layers.deviation(arch.v2, 0.4f));
  d.v3_bias = layers.bias("value.v3bias", 3, 0.1f);
  d.v3_bias.values[2] += kNoResultBase;
  d.sv3_mul =
      layers.matmul("value.sv3", arch.v2, static_cast<int>(scores), layers.deviation(arch.v2));
  d.sv3_bias = layers.bias("value.sv3bias", static_cast<int>(scores), 0.05f);
  for (std::size_t i = 0; i < d.sv3_mul.weights.size(); ++i) {
    d.sv3_mul.weights[i] *= kGain[i % scores];
  }
  for (std::size_t i = 0; i < scores; ++i) d.sv3_bias.values[i] += kBase[i];
  d.own_conv = layers.conv("value.ownership", 1, arch.v1, 1, layers.deviation(arch.v1, 0.5f));
  return d;
}

}  // namespace

std::vector<std::string> synth_archs() {
  std::vector<std::string> names;
  for (const SynthArch& row : synth_arch_table()) names.emplace_back(row.name);
  return names;
}

ModelDesc synth_model(const SynthOptions& options) {
  const SynthArch arch = resolve(options);
  const int policy = choose_policy_channels(options, arch.version);
  ModelDesc m;
  m.version = arch.version;
  m.name = model_name(options, arch, policy);
  m.c_spatial = spatial_planes(m.version);
  m.c_global = global_values(m.version);
  m.meta_version = options.meta ? 1 : 0;
  if (m.version >= kFirstVersionWithMultipliers) m.multipliers.shortterm_score_error = 150;
  SynthLayers layers(hash(m.name), arch.act);  // the name holds every option
  m.trunk = trunk(layers, arch, m);
  m.policy = policy_head(layers, arch, policy);
  m.value = value_head(layers, arch);
  return m;
}

}  // namespace hayago::nn
