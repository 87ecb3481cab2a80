#include "gtp/accuracy/held_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/model/tensor_file.h"

namespace hayago::gtp {
namespace {

constexpr const char* kHashes = "game_hashes";

constexpr std::size_t kDigits = 16;  // of a hash

std::optional<std::vector<std::uint64_t>> parse_hashes(const std::string& text) {
  if (text.size() % kDigits != 0) return std::nullopt;
  std::vector<std::uint64_t> hashes;
  for (std::size_t at = 0; at < text.size(); at += kDigits) {
    const char* const from = text.data() + at;
    const auto [end, error] = std::from_chars(from, from + kDigits, hashes.emplace_back(), 16);
    if (error != std::errc() || end != from + kDigits) return std::nullopt;
  }
  return hashes;
}

}  // namespace

std::string hash_text(const std::vector<SourceGame>& games) {
  std::set<std::uint64_t> hashes;
  for (const SourceGame& game : games) hashes.insert(game.hash);
  std::string text;
  for (const std::uint64_t hash : hashes) text += fmt::format("{:016x}", hash);
  return text;
}

std::optional<std::vector<std::uint64_t>> calibration_games(const std::string& model_path) {
  if (!nn::is_tensor_file(model_path)) return std::nullopt;
  const nn::OpenTensorFile file(model_path);
  const auto& metadata = file.content().metadata;
  const auto text = metadata.find("calibration");
  if (text == metadata.end()) return std::nullopt;
  const auto calibration = nlohmann::json::parse(text->second, nullptr, false);
  if (!calibration.is_object() || !calibration.contains(kHashes)) return std::nullopt;
  const auto& value = calibration[kHashes];
  auto hashes = value.is_string() ? parse_hashes(value.get<std::string>()) : std::nullopt;
  if (hashes) std::sort(hashes->begin(), hashes->end());
  return hashes;
}

int count_known(const std::vector<SourceGame>& games, const std::vector<std::uint64_t>& hashes) {
  return static_cast<int>(std::count_if(games.begin(), games.end(), [&](const SourceGame& game) {
    return std::binary_search(hashes.begin(), hashes.end(), game.hash);
  }));
}

}  // namespace hayago::gtp
