#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "gtp/config/load_params.h"

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

// The source tree that the running executable was built in, if it still lies there.
std::optional<fs::path> source_tree() {
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (; !error && folder.has_relative_path(); folder = folder.parent_path()) {
    if (is_file(folder / "CMakePresets.json") && is_file(folder / "dev")) return folder;
  }
  return std::nullopt;
}

// Only for people who work on hayago: a network of the shared test data beside the source tree.
// The g170 one is the only well-trained network there, so it goes first.
std::optional<fs::path> development_network(const fs::path& models) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(models, error)) {
    if (entry.path().string().ends_with(".bin.gz")) files.push_back(entry.path());
  }
  if (files.empty()) return std::nullopt;
  const auto rank = [](const fs::path& file) {
    const std::string name = file.filename().string();
    return std::pair(!name.starts_with("g170"), name);
  };
  return *std::min_element(files.begin(), files.end(),
                           [&](const fs::path& a, const fs::path& b) { return rank(a) < rank(b); });
}

std::optional<fs::path> shared_models() {
  if (const auto shared = environment("HAYAGO_SHARED")) return fs::path(*shared) / "models";
  if (const auto tree = source_tree()) return *tree / ".." / "shared" / "models";
  return std::nullopt;
}

}  // namespace

namespace {

bool is_network_name(const std::string& name) {
  static constexpr std::string_view kEndings[] = {".bin.gz", ".txt.gz", ".bin"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
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
      if (!is_network_name(entry.path().filename().string()) || !is_file(entry.path())) continue;
      if (!newest ||
          fs::last_write_time(entry.path(), error) > fs::last_write_time(*newest, error)) {
        newest = entry.path();
      }
    }
  }
  if (newest) return {newest->lexically_normal().string(), "newest file, by -model auto"};
  throw ConfigError(fmt::format(
      "-model auto: no network file (.bin.gz, .txt.gz, .bin) in the folders {}", looked));
}

}  // namespace

FoundModel find_model(const std::string& given) {
  if (given == "auto") return newest_model();
  if (!given.empty()) return {given, "given by -model"};
  if (const auto path = environment("HAYAGO_MODEL")) return {*path, "from HAYAGO_MODEL"};
  std::vector<fs::path> folders = search_folders("XDG_DATA_HOME", ".local/share");
  folders.emplace_back("/usr/share/hayago");
  folders.emplace_back("/usr/share/katago");
  std::string tried;
  for (const fs::path& folder : folders) {
    for (const char* name : {"default_model.bin.gz", "default_model.txt.gz"}) {
      const fs::path path = folder / name;
      if (is_file(path)) return {path.string(), "default in " + folder.string()};
      tried += fmt::format("{}{}", tried.empty() ? "" : ", ", path.string());
    }
  }
  if (const auto models = shared_models()) {
    if (const auto file = development_network(*models)) {
      return {file->lexically_normal().string(), "development network of the shared test data"};
    }
    tried += ", " + models->lexically_normal().string();
  }
  throw ConfigError(fmt::format(
      "no network: use -model FILE or the environment variable HAYAGO_MODEL, or put a file in one "
      "of these places: {}. Networks are at https://katagotraining.org/networks/",
      tried));
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
