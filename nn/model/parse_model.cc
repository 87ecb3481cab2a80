#include <fmt/format.h>

#include <algorithm>

#include "nn/model/parse.h"
#include "nn/model/tokens.h"

namespace hayago::nn {
namespace {

constexpr std::size_t kMaxModelName = 96;

std::string parse_model_name(Reader& reader) {
  const std::string_view name = reader.token("model name");
  if (name.size() > kMaxModelName) {
    reader.fail(fmt::format("model name '{}' is longer than {} characters (is this a network?)",
                            printable(name), kMaxModelName));
  }
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (!std::all_of(name.begin(), name.end(), allowed)) {
    reader.fail(fmt::format(
        "model name '{}' has characters other than letters, digits, _ and - (is this a network?)",
        printable(name)));
  }
  return std::string(name);
}

int parse_version(Reader& reader) {
  const int version = reader.integer("model version");
  if (version < 0) reader.fail(fmt::format("model version {} is invalid", version));
  if (version < kMinVersion) {
    reader.fail(fmt::format("model version {} is too old, versions {} to {} are supported", version,
                            kMinVersion, kMaxVersion));
  }
  if (version > kMaxVersion) {
    reader.fail(
        fmt::format("model version {} needs a newer engine, this one supports versions {} to {}",
                    version, kMinVersion, kMaxVersion));
  }
  return version;
}

Multipliers parse_multipliers(Reader& reader) {
  Multipliers m;
  if (reader.version < kFirstVersionWithMultipliers) return m;
  const auto positive = [&](const char* what) {
    const double value = reader.real64(what);
    if (!(value > 0)) reader.fail(fmt::format("{} is {}, must be greater than 0", what, value));
    return value;
  };
  m.td_score = positive("td score multiplier");
  m.score_mean = positive("score mean multiplier");
  m.score_stdev = positive("score deviation multiplier");
  m.lead = positive("lead multiplier");
  m.variance_time = positive("variance time multiplier");
  m.shortterm_value_error = positive("short-term value error multiplier");
  m.shortterm_score_error = positive("short-term score error multiplier");
  return m;
}

int parse_meta_version(Reader& reader) {
  const int version = reader.integer("metadata encoder version");
  if (version < 0) reader.fail(fmt::format("metadata encoder version {} is invalid", version));
  if (version > 1) {
    reader.fail(
        fmt::format("metadata encoder version {} needs a newer engine, this one supports "
                    "0 (none) and 1",
                    version));
  }
  return version;
}

void parse_header(Reader& reader, ModelDesc& model) {
  Section section(reader, "header");
  model.name = parse_model_name(reader);
  model.version = reader.version = parse_version(reader);
  model.c_spatial = reader.positive("spatial input planes", kMaxChannels);
  const std::string because = fmt::format("inputs of version {}", model.version);
  reader.require_equal("spatial input planes", model.c_spatial, spatial_planes(model.version),
                       because);
  model.c_global = reader.positive("global inputs", kMaxChannels);
  reader.require_equal("global inputs", model.c_global, global_values(model.version), because);
  model.multipliers = parse_multipliers(reader);
  if (model.version < kFirstVersionWithOptions) return;
  model.meta_version = parse_meta_version(reader);
  model.prefer_pass_alive = reader.bit("prefer-pass-alive flag");
  for (const char slot : {'C', 'D', 'E', 'F', 'G', 'H'}) {
    reader.reserved(fmt::format("header option {}", slot));
  }
}

void parse_tip(Reader& reader, TrunkDesc& trunk) {
  const Expect channels{trunk.channels, "trunk channels"};
  if (trunk.norm_kind == 0) {
    trunk.tip_norm = parse_norm(reader, channels);
  } else {
    trunk.tip_rms = parse_rms_norm(reader, channels);
  }
  trunk.tip_act = parse_act(reader);
}

TrunkDesc parse_trunk(Reader& reader, const ModelDesc& model) {
  Section section(reader, "trunk");
  TrunkDesc t;
  t.name = section.name();
  const int count = reader.positive("number of blocks", kMaxBlocks);
  t.channels = reader.positive("trunk channels", kMaxChannels);
  t.c_mid = reader.positive("middle channels", kMaxChannels);
  t.c_regular = reader.positive("regular channels", kMaxChannels);
  t.c_dilated = reader.integer("dilated channels");
  t.c_gpool = reader.positive("pooled channels", kMaxChannels);
  if (model.version >= kFirstVersionWithOptions) {
    t.norm_kind = reader.integer("kind of norm");
    if (t.norm_kind != 0 && t.norm_kind != 1) {
      reader.fail(fmt::format("kind of norm is {}, known are 0 (affine) and 1 (rms)", t.norm_kind));
    }
    for (const char slot : {'B', 'C', 'D', 'E', 'F'}) {
      reader.reserved(fmt::format("trunk option {}", slot));
    }
  }
  const Expect channels{t.channels, "trunk channels"};
  t.initial_conv = parse_conv(reader, {model.c_spatial, "spatial input planes"}, channels);
  t.initial_matmul = parse_matmul(reader, {model.c_global, "global inputs"}, channels);
  if (model.meta_version > 0) t.meta_encoder = parse_meta_encoder(reader, t.channels);
  for (int i = 0; i < count; ++i) {
    Section block(reader, fmt::format("block {} of {}", i + 1, count));
    t.blocks.push_back(parse_block(reader, t.channels, 0));
  }
  parse_tip(reader, t);
  return t;
}

}  // namespace

ModelDesc parse_model(Reader& reader) {
  ModelDesc model;
  parse_header(reader, model);
  model.trunk = parse_trunk(reader, model);
  model.policy = parse_policy_head(reader, model.trunk.channels);
  model.value = parse_value_head(reader, model.trunk.channels);
  std::size_t left = 0;
  if (!reader.at_end(left)) {
    model.warnings.push_back(
        fmt::format("{} bytes after the last array of the network were ignored", left));
  }
  return model;
}

}  // namespace hayago::nn
