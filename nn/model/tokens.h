// Words of the file that reader and writer share, and what depends on the version (spec/01
// section 6).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "nn/model/desc.h"

namespace hayago::nn {

inline constexpr int kMinVersion = 3, kMaxVersion = 17;
inline constexpr int kFirstVersionWithActivations = 11;
inline constexpr int kFirstVersionWithMultipliers = 13;
inline constexpr int kFirstVersionWithOptions = 15;      // of header and trunk; longer pass path
inline constexpr int kFirstVersionWithHeadOptions = 17;  // and policy channels in the file

inline constexpr std::string_view kOrdinaryKind = "ordinary_block";
inline constexpr std::string_view kGPoolKind = "gpool_block";
inline constexpr std::string_view kNestedKind = "nested_bottleneck_block";
inline constexpr std::string_view kAttentionKind = "transformer_attention_block";
inline constexpr std::string_view kFfnKind = "transformer_ffn_block";

std::optional<Act> act_of_token(std::string_view token);
std::string_view act_token(Act act);
std::string known_act_tokens();  // for messages

// Policy channels of versions up to 16; `in_file` for 17.
int policy_channels(int model_version, int in_file);

// Token for the flavour and compression that a file name's ending selects.
struct Container {
  bool gzip = false;
  enum class Arrays { kBinary, kText, kEither, kTensors } arrays = Arrays::kBinary;
};
// nullopt for endings that no network has; case does not matter (spec/01 section 2).
std::optional<Container> container_of(std::string_view file_name);
inline constexpr std::string_view kAllowedEndings =
    ".bin.gz, .txt.gz, .gz, .bin, .txt, .safetensors or .safetensors.gz";

}  // namespace hayago::nn
