#include "nn/model/tokens.h"

#include <algorithm>
#include <array>
#include <utility>

#include "nn/default/builtin.h"

namespace hayago::nn {
namespace {

constexpr std::array<std::pair<Act, std::string_view>, 4> kActs = {{
    {Act::kIdentity, "ACTIVATION_IDENTITY"},
    {Act::kRelu, "ACTIVATION_RELU"},
    {Act::kMish, "ACTIVATION_MISH"},
    {Act::kSilu, "ACTIVATION_SILU"},
}};

bool ends_with_ignoring_case(std::string_view name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(ending.begin(), ending.end(), name.end() - std::ssize(ending),
                    [&](char e, char n) { return e == lower(n); });
}

}  // namespace

std::optional<Act> act_of_token(std::string_view token) {
  for (const auto& [act, word] : kActs) {
    if (word == token) return act;
  }
  return std::nullopt;
}

std::string_view act_token(Act act) {
  for (const auto& [known, word] : kActs) {
    if (known == act) return word;
  }
  return {};
}

std::string known_act_tokens() {
  std::string all;
  for (const auto& [act, word] : kActs) (all += all.empty() ? "" : ", ") += word;
  return all;
}

int input_version(int model_version) {
  return model_version <= 4 ? 3 : model_version >= 8 ? 7 : model_version - 1;
}

int spatial_planes(int model_version) { return model_version == 6 ? 13 : 22; }

int global_values(int model_version) {
  if (model_version <= 5) return 14;
  return model_version == 6 ? 12 : model_version == 7 ? 16 : 19;
}

int score_channels(int model_version) {
  if (model_version == 3) return 1;
  return model_version <= 7 ? 2 : model_version == 8 ? 4 : 6;
}

int policy_channels(int model_version, int in_file) {
  if (model_version >= kFirstVersionWithHeadOptions) return in_file;
  return model_version == 16 ? 4 : model_version >= 12 ? 2 : 1;
}

std::optional<Container> container_of(std::string_view file_name) {
  using Arrays = Container::Arrays;
  if (file_name == kBuiltinModel) return Container{true, Arrays::kTensors};
  if (ends_with_ignoring_case(file_name, ".bin.gz")) return Container{true, Arrays::kBinary};
  if (ends_with_ignoring_case(file_name, ".txt.gz")) return Container{true, Arrays::kText};
  if (ends_with_ignoring_case(file_name, ".safetensors.gz")) {
    return Container{true, Arrays::kTensors};
  }
  if (ends_with_ignoring_case(file_name, ".gz")) return Container{true, Arrays::kEither};
  if (ends_with_ignoring_case(file_name, ".bin")) return Container{false, Arrays::kBinary};
  if (ends_with_ignoring_case(file_name, ".txt")) return Container{false, Arrays::kText};
  if (ends_with_ignoring_case(file_name, ".safetensors")) return Container{false, Arrays::kTensors};
  return std::nullopt;
}

}  // namespace hayago::nn
