#include "gtp/match/options.h"

#include <fmt/format.h>

#include <zlib.h>
#include <algorithm>
#include <filesystem>

#include "gtp/config/config.h"
#include "nn/model/model_file.h"

namespace hayago::gtp {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string content_mark(const std::string& name, std::string_view content) {
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  return fmt::format("{} ({} bytes, crc {:08x})", name, content.size(), crc);
}

std::string file_mark(const std::string& path) {
  return content_mark(path, nn::MappedFile(path).view());
}

std::string model_mark(const std::string& name) {
  return name.empty() ? name : content_mark(name, nn::ModelFile(name).view());
}

// Path and content, so that a file that has changed is noticed.
std::string path_mark(const std::string& path) {
  if (path.empty() || !fs::is_directory(path)) return path.empty() ? path : file_mark(path);
  std::vector<std::string> marks;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.is_regular_file()) marks.push_back(file_mark(entry.path().string()));
  }
  std::sort(marks.begin(), marks.end());
  return fmt::format("{}", fmt::join(marks, ", "));
}

ordered_json player_conditions(const PlayerOptions& player) {
  ordered_json out;
  out["name"] = player.name;
  if (player.is_external()) {
    out["command"] = player.command;
    return out;
  }
  Config config;
  for (const std::string& path : player.configs) config.load_file(path);
  for (const std::string& text : player.overrides) config.apply_overrides(text);
  for (const std::string& key : config.keys()) out["config"][key] = *config.find(key);
  out["model"] = model_mark(player.model);
  out["humanModel"] = model_mark(player.human_model);
  return out;
}

}  // namespace

ordered_json match_conditions(const MatchOptions& options) {
  ordered_json out;
  out["a"] = player_conditions(options.players[0]);
  out["b"] = player_conditions(options.players[1]);
  out["visits"] = options.visits;
  out["size"] = fmt::format("{}x{}", options.x_size, options.y_size);
  out["rules"] = search::rules_json(options.rules, true);
  out["openings"] = options.openings.empty() ? options.opening_kind : path_mark(options.openings);
  out["openingMoves"] = options.opening_moves;
  out["seed"] = options.seed;
  out["time"] = options.time_text;
  out["timeTolerance"] = options.time_tolerance;
  out["moveTimeout"] = options.move_timeout;
  out["maxMoves"] = options.max_moves;
  out["resignWinrate"] = options.resign_winrate;
  out["resignMoves"] = options.resign_moves;
  out["sprt"] = ordered_json::array();
  if (options.sprt) {
    out["sprt"] = {options.sprt->elo0, options.sprt->elo1, options.sprt->alpha, options.sprt->beta};
  }
  return out;
}

std::string first_difference(const ordered_json& recorded, const ordered_json& wanted) {
  const ordered_json a = recorded.flatten(), b = wanted.flatten();
  const auto text = [](const ordered_json& values, const std::string& key) {
    return values.contains(key) ? values[key].dump() : std::string("nothing");
  };
  for (const auto* values : {&a, &b}) {
    for (const auto& [key, value] : values->items()) {
      if (text(a, key) == text(b, key)) continue;
      return fmt::format("{} was {} and is now {}", key.substr(1), text(a, key), text(b, key));
    }
  }
  return "";
}

}  // namespace hayago::gtp
