#include "gtp/cli/output_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gtp/cli/ending.h"
#include "gtp/config/config.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

bool is_special(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

}  // namespace

void require_writable(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    throw ConfigError(fmt::format("{}: is a folder, expected a file to write", path));
  }
  if (is_special(path)) return;
  const fs::path folder = fs::path(path).parent_path();
  const std::string name = folder.empty() ? "." : folder.string();
  if (::access(name.c_str(), W_OK | X_OK) == 0 && fs::is_directory(name, ignored)) return;
  throw ConfigError(fmt::format("{}: cannot be written: folder {}: {}", path, name,
                                std::strerror(errno != 0 ? errno : ENOTDIR)));
}

void write_output_file(const std::string& path, const std::string& content) {
  if (is_special(path)) {
    std::ofstream out(path, std::ios::binary);
    out << content;
    out.close();
    if (!out) throw ConfigError(path + ": could not be written");
    return;
  }
  const HeldSignals later;
  try {
    nn::write_whole_file(path, content);
  } catch (const nn::ModelError& error) {
    throw ConfigError(error.what());
  }
}

}  // namespace hayago::gtp
