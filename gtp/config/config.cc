#include "gtp/config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtp/config/keys.h"
#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

bool is_key_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool is_key(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_key_character);
}

// Value part of a line, quoted or not; nullopt if it is empty or the quotes are wrong.
std::optional<std::string> parse_value(std::string_view text) {
  text = trim(text);
  if (text.empty() || text[0] != '"') {
    const std::string value(trim(text.substr(0, text.find('#'))));
    return value.empty() ? std::nullopt : std::optional(value);
  }
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  if (i >= text.size() || value.empty()) return std::nullopt;
  const std::string_view rest = trim(text.substr(i + 1));
  if (!rest.empty() && rest[0] != '#') return std::nullopt;
  return value;
}

// File name of an @include: quotes of either kind and a comment are allowed.
std::string parse_file_name(std::string_view text) {
  text = trim(text);
  if (!text.empty() && (text[0] == '"' || text[0] == '\'')) {
    const std::size_t end = text.find(text[0], 1);
    if (end != std::string_view::npos) return std::string(text.substr(1, end - 1));
  }
  return std::string(trim(text.substr(0, text.find('#'))));
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  if (text.size() <= kLongest) return std::string(text);
  return std::string(text.substr(0, kLongest)) + "...";
}

// spec/09 section 2.4: `rules` and the single rules replace each other.
constexpr std::array<std::string_view, 8> kSingleRules{
    "koRule",         "scoringRule",       "multiStoneSuicideLegal",
    "taxRule",        "hasButton",         "whiteBonusPerHandicapStone",
    "friendlyPassOk", "whiteHandicapBonus"};

}  // namespace

void Config::load_file(const std::string& path) { read_file(path, path); }

void Config::read_file(const std::string& path, const std::string& shown_name) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw ConfigError(fmt::format("config file '{}' is a folder", path));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw ConfigError(
        fmt::format("could not open config file '{}': it does not exist or may not be read", path));
  }
  std::ostringstream content;
  content << stream.rdbuf();
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
  if (!files_.insert(error ? path : canonical.string()).second) {
    throw ConfigError(
        fmt::format("config file '{}' is read twice (an @include that runs in a "
                    "circle, or the same file named twice)",
                    path));
  }
  if (source_.empty()) source_ = shown_name;
  load_lines(content.str(), shown_name, std::filesystem::path(path).parent_path().string());
}

void Config::load_text(std::string_view text, const std::string& name) {
  if (source_.empty()) source_ = name;
  load_lines(text, name, "");
}

void Config::load_lines(std::string_view text, const std::string& name,
                        const std::string& directory) {
  std::set<std::string> seen;  // keys of this file
  int number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    const std::string place = fmt::format("{}, line {}", name, number);
    const std::string_view line = trim(raw);
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '@') {
      include(line, place, directory);
      continue;
    }
    const std::size_t equals = line.find('=');
    const std::string key(trim(line.substr(0, equals)));
    const auto value =
        equals == std::string_view::npos ? std::nullopt : parse_value(line.substr(equals + 1));
    if (!is_key(key) || !value) {
      throw ConfigError(fmt::format("{}: expected 'key = value', found '{}'", place, shown(line)));
    }
    if (!seen.insert(key).second) {
      throw ConfigError(fmt::format("{}: key '{}' is already set in the same file ({}); delete one",
                                    place, key, where(key)));
    }
    values_[key] = *value;
    origins_[key] = place;
  }
}

void Config::include(std::string_view line, const std::string& place,
                     const std::string& directory) {
  constexpr std::string_view kDirective = "@include";
  std::string_view rest = line.substr(std::min(kDirective.size(), line.size()));
  const bool known = line.starts_with(kDirective) &&
                     (rest.empty() || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '=');
  if (!known) {
    throw ConfigError(fmt::format("{}: unknown directive '{}'; the only one is '@include FILE'",
                                  place, shown(line)));
  }
  rest = trim(rest);
  if (!rest.empty() && rest[0] == '=') rest.remove_prefix(1);
  const std::string file = parse_file_name(rest);
  if (file.empty()) throw ConfigError(fmt::format("{}: @include needs a file name", place));
  const std::string path = (std::filesystem::path(directory) / file).string();
  try {
    read_file(path, path);
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("{} (included at {})", error.what(), place));
  }
}

void Config::override_one(const std::string& key, const std::string& value,
                          const std::string& origin) {
  const auto erase = [this](std::string_view name) {
    values_.erase(std::string(name));
    origins_.erase(std::string(name));
  };
  if (key == "rules") {
    for (const std::string_view rule : kSingleRules) erase(rule);
  } else if (std::find(kSingleRules.begin(), kSingleRules.end(), key) != kSingleRules.end()) {
    erase("rules");
  }
  if (value.empty()) {
    erase(key);
    return;
  }
  values_[key] = value;
  origins_[key] = origin;
}

void Config::apply_overrides(std::string_view text) {
  for (const std::string& raw : split(text, ',')) {
    const std::string_view piece = trim(raw);
    if (piece.empty()) continue;
    const std::size_t equals = piece.find('=');
    const std::string key(trim(piece.substr(0, equals)));
    if (equals == std::string_view::npos || !is_key(key)) {
      throw ConfigError(
          fmt::format("override '{}': expected 'key=value' pairs separated by commas", piece));
    }
    override_one(key, std::string(trim(piece.substr(equals + 1))), "override");
  }
  ++overrides_;
}

void Config::set(const std::string& key, const std::string& value) {
  override_one(key, value, "override");
}

bool Config::contains(std::string_view key) const { return values_.find(key) != values_.end(); }

std::optional<std::string> Config::find(std::string_view key) const {
  const auto it = values_.find(key);
  if (it == values_.end()) return std::nullopt;
  mark_used(key);
  return it->second;
}

std::string Config::get_string(std::string_view key) const {
  const auto value = find(key);
  if (!value) {
    throw ConfigError(fmt::format("required key '{}' is missing in {}", key, source()));
  }
  return *value;
}

std::string Config::string_or(std::string_view key, std::string fallback) const {
  return find(key).value_or(std::move(fallback));
}

void Config::fail(std::string_view key, const std::string& problem) const {
  throw ConfigError(fmt::format("key '{}' ({}): {}", key, where(key), problem));
}

bool Config::bool_or(std::string_view key, bool fallback) const {
  const auto text = find(key);
  if (!text) return fallback;
  const auto value = parse_bool(*text);
  if (!value) fail(key, fmt::format("must be true or false, not '{}'", shown(*text)));
  return *value;
}

int Config::int_or(std::string_view key, int min, int max, int fallback) const {
  return static_cast<int>(int64_or(key, min, max, fallback));
}

std::int64_t Config::int64_or(std::string_view key, std::int64_t min, std::int64_t max,
                              std::int64_t fallback) const {
  const auto text = find(key);
  if (!text) return fallback;
  const auto value = parse_int64(*text);
  if (!value || *value < min || *value > max) {
    fail(key, fmt::format("must be an integer from {} to {}, not '{}'", min, max, shown(*text)));
  }
  return *value;
}

double Config::double_or(std::string_view key, double min, double max, double fallback) const {
  const auto text = find(key);
  if (!text) return fallback;
  const auto value = parse_double(*text);
  if (!value || *value < min || *value > max) {
    fail(key, fmt::format("must be a number from {} to {}, not '{}'", min, max, shown(*text)));
  }
  return *value;
}

int Config::enabled_or(std::string_view key, int fallback) const {
  const auto text = find(key);
  if (!text) return fallback;
  const auto value = parse_enabled(*text);
  if (!value) fail(key, fmt::format("must be true, false or auto, not '{}'", shown(*text)));
  return *value;
}

void Config::mark_used(std::string_view key) const { used_.emplace(key); }

std::vector<std::string> Config::unused_keys() const {
  std::vector<std::string> unused;
  for (const auto& [key, value] : values_) {
    if (used_.find(key) == used_.end() && !is_without_effect(key)) unused.push_back(key);
  }
  return unused;
}

std::vector<std::string> Config::unused_key_warnings() const {
  std::vector<std::string> lines;
  for (const std::string& key : unused_keys()) {
    std::string line = fmt::format("unused key '{}' ({})", key, where(key));
    if (is_known_key(key)) {
      line +=
          ": known, but without effect here (another key turns it off, or it belongs to another "
          "subcommand)";
    } else if (const auto suggestion = suggest_key(key)) {
      line += fmt::format("; did you mean '{}'?", *suggestion);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> Config::no_effect_warnings() const {
  std::vector<std::string> lines;
  for (const auto& [key, value] : values_) {
    if (used_.find(key) != used_.end()) continue;  // by the executor of this run
    if (const auto instead = no_effect_reason(key, value)) {
      lines.push_back(fmt::format("key '{}' ({}) has no effect: {}", key, where(key), *instead));
    }
  }
  return lines;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : values_) names.push_back(key);
  return names;
}

std::string Config::source() const {
  const std::string files = source_.empty() ? "the defaults" : source_;
  return overrides_ == 0 ? files : files + " and/or command-line and query overrides";
}

std::string Config::where(std::string_view key) const {
  const auto it = origins_.find(key);
  return it == origins_.end() ? source() : it->second;
}

std::string Config::dump() const {
  std::string text;
  for (const auto& [key, value] : values_) text += fmt::format("{} = {}\n", key, value);
  return text;
}

}  // namespace hayago::gtp
