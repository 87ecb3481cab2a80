#include "tests/support/shared_data.h"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace hayago::test {

std::optional<std::string> shared_file(const std::string& relative) {
  const char* env = std::getenv("HAYAGO_SHARED");
  const std::filesystem::path root =
      env != nullptr && *env != '\0' ? env : std::string(HAYAGO_SOURCE_DIR) + "/../shared";
  const std::filesystem::path path = root / relative;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  return path.string();
}

std::vector<std::string> read_lines(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path);
  std::vector<std::string> lines;
  std::string line;
  std::vector<char> buffer(1 << 16);
  int n = 0;
  while ((n = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    for (int i = 0; i < n; ++i) {
      const char c = buffer[static_cast<size_t>(i)];
      if (c == '\n') {
        lines.push_back(std::move(line));
        line.clear();
      } else {
        line.push_back(c);
      }
    }
  }
  gzclose(file);
  if (n < 0) throw std::runtime_error("cannot read " + path);
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

void report_skip(const std::string& reason) { std::printf("[skipped] %s\n", reason.c_str()); }

}  // namespace hayago::test
