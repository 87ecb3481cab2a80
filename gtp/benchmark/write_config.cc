#include "gtp/benchmark/write_config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtp/config/config.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

// The key that a line sets, or nothing.
std::string key_of(const std::string& line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos) return {};
  const std::size_t begin = line.find_first_not_of(" \t");
  const std::size_t end = line.find_last_not_of(" \t", equals == 0 ? 0 : equals - 1);
  if (begin >= equals || end == std::string::npos) return {};
  return line.substr(begin, end - begin + 1);
}

}  // namespace

std::string with_keys(const std::string& text, const KeyValues& keys, const std::string& heading) {
  std::vector<bool> done(keys.size(), false);
  std::string out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::string key = key_of(line);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (key != keys[i].first) continue;
      line = fmt::format("{} = {}", key, keys[i].second);
      done[i] = true;
    }
    out += line + '\n';
  }
  bool headed = false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (done[i]) continue;
    if (!headed) out += fmt::format("{}# {}\n", out.empty() ? "" : "\n", heading);
    headed = true;
    out += fmt::format("{} = {}\n", keys[i].first, keys[i].second);
  }
  return out;
}

std::string user_config_path() {
  const auto set = [](const char* name) -> const char* {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
  };
  const char* xdg = set("XDG_CONFIG_HOME");
  const char* home = set("HOME");
  if (xdg == nullptr && home == nullptr) {
    throw ConfigError(
        "no place for a configuration: neither XDG_CONFIG_HOME nor HOME is set; use --output FILE");
  }
  const fs::path folder = xdg != nullptr ? fs::path(xdg) : fs::path(home) / ".config";
  return (folder / "hayago" / "default_gtp.cfg").string();
}

void set_config_keys(const std::string& path, const KeyValues& keys, const std::string& heading) {
  std::string text;
  if (std::ifstream in(path); in) {
    std::ostringstream all;
    all << in.rdbuf();
    text = all.str();
  }
  std::error_code error;
  const fs::path target(path);
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  if (error) {
    throw ConfigError(fmt::format("cannot make the folder of {}: {}", path, error.message()));
  }
  const fs::path temporary = fmt::format("{}.{}.tmp", path, getpid());
  std::ofstream out(temporary);
  out << with_keys(text, keys, heading);
  out.close();
  if (out) fs::rename(temporary, target, error);
  if (!out || error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw ConfigError(fmt::format("cannot write {}", path));
  }
}

}  // namespace hayago::gtp
