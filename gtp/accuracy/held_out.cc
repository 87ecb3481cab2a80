#include "gtp/accuracy/held_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "nn/model/gz.h"
#include "nn/model/mapped_file.h"
#include "nn/model/safetensors.h"

namespace hayago::gtp {
namespace {

constexpr const char* kHashes = "game_hashes";

std::optional<std::uint64_t> parse_hash(const nlohmann::json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string text = value.get<std::string>();
  std::uint64_t hash = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return hash;
}

}  // namespace

std::vector<std::string> hash_texts(const std::vector<SourceGame>& games) {
  std::vector<std::string> texts;
  for (const SourceGame& game : games) texts.push_back(fmt::format("{:016x}", game.hash));
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

std::optional<std::vector<std::uint64_t>> calibration_games(const std::string& model_path) {
  if (!model_path.ends_with(".safetensors")) return std::nullopt;
  const nn::MappedFile file(model_path);
  const nn::TensorFile content = nn::parse_tensors(file.view(), model_path);
  const auto text = content.metadata.find("calibration");
  if (text == content.metadata.end()) return std::nullopt;
  const auto calibration = nlohmann::json::parse(text->second, nullptr, false);
  if (!calibration.is_object() || !calibration.contains(kHashes)) return std::nullopt;
  std::vector<std::uint64_t> hashes;
  for (const auto& value : calibration[kHashes]) {
    const auto hash = parse_hash(value);
    if (!hash) return std::nullopt;
    hashes.push_back(*hash);
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

int count_known(const std::vector<SourceGame>& games, const std::vector<std::uint64_t>& hashes) {
  return static_cast<int>(std::count_if(games.begin(), games.end(), [&](const SourceGame& game) {
    return std::binary_search(hashes.begin(), hashes.end(), game.hash);
  }));
}

}  // namespace hayago::gtp
