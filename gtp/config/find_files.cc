#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "gtp/config/load_params.h"
#include "nn/default/builtin.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Folders of the executable and of the user; `xdg_variable` and its default below the home folder
// give the XDG one.
std::vector<fs::path> search_folders(const char* xdg_variable, const char* xdg_default) {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (!error) folders.push_back(executable.parent_path());
  const auto home = environment("HOME");
  if (const auto xdg = environment(xdg_variable)) {
    folders.push_back(fs::path(*xdg) / "hayago");
  } else if (home) {
    folders.push_back(fs::path(*home) / xdg_default / "hayago");
  }
  if (home) {
    folders.push_back(fs::path(*home) / ".hayago");
    folders.push_back(fs::path(*home) / ".katago");
  }
  return folders;
}

// By its name; text files and whatever else may be in .gz are no networks that often.
bool is_network(const fs::path& file) {
  static constexpr std::string_view kEndings[] = {".bin.gz", ".txt.gz", ".bin", ".safetensors",
                                                  ".safetensors.gz"};
  const std::string name = file.filename().string();
  return is_file(file) &&
         std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

// -model auto: the newest network file of a few folders.
FoundModel newest_model() {
  std::vector<fs::path> folders{".", "weights"};
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (!error) folders.push_back(executable.parent_path());
  std::optional<fs::path> newest;
  std::string looked;
  for (const fs::path& folder : folders) {
    looked += (looked.empty() ? "" : ", ") + folder.string();
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (!is_network(entry.path())) continue;
      if (!newest ||
          fs::last_write_time(entry.path(), error) > fs::last_write_time(*newest, error)) {
        newest = entry.path();
      }
    }
  }
  if (newest) return {newest->lexically_normal().string(), "newest file, by -model auto"};
  throw ConfigError(fmt::format(
      "-model auto: no network file (.bin.gz, .txt.gz, .bin, .safetensors, .safetensors.gz) in the "
      "folders {}",
      looked));
}

}  // namespace

FoundModel find_model(const std::string& given) {
  if (given == "auto") return newest_model();
  if (!given.empty()) return {given, "given by -model"};
  if (const auto path = environment("HAYAGO_MODEL")) return {*path, "from HAYAGO_MODEL"};
  std::vector<fs::path> folders = search_folders("XDG_DATA_HOME", ".local/share");
  folders.emplace_back("/usr/share/hayago");
  folders.emplace_back("/usr/share/katago");
  for (const fs::path& folder : folders) {
    for (const char* name : {"default_model.bin.gz", "default_model.txt.gz",
                             "default_model.safetensors", "default_model.safetensors.gz"}) {
      const fs::path path = folder / name;
      if (is_file(path)) return {path.string(), "default in " + folder.string()};
    }
  }
  return {std::string(nn::kBuiltinModel), "the small network in the program"};
}

std::optional<std::string> find_config(const std::string& subcommand) {
  if (const auto path = environment("HAYAGO_CONFIG")) return path;
  for (const fs::path& folder : search_folders("XDG_CONFIG_HOME", ".config")) {
    const fs::path path = folder / fmt::format("default_{}.cfg", subcommand);
    if (is_file(path)) return path.string();
  }
  return std::nullopt;
}

}  // namespace hayago::gtp
