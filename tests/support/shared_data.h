// Where test data lives, and how a test says that it cannot run here.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace hayago::test {

// Path of a file in the shared data folder ($HAYAGO_SHARED, default <source>/../shared);
// nullopt when the folder or the file is absent.
std::optional<std::string> shared_file(const std::string& relative);

// All lines of a plain or gzip-compressed text file. Throws std::runtime_error when unreadable.
std::vector<std::string> read_lines(const std::string& path);

// Prints the marker that ctest turns into "Skipped".
void report_skip(const std::string& reason);

}  // namespace hayago::test

// Leaves the test case; ctest reports it as skipped with the reason.
#define HAYAGO_SKIP(reason)              \
  do {                                   \
    ::hayago::test::report_skip(reason); \
    return;                              \
  } while (false)

// Declares `var` as the path of a shared file, or skips the test case.
#define HAYAGO_SHARED_FILE(var, relative)                                         \
  const auto var##_path = ::hayago::test::shared_file(relative);                  \
  if (!var##_path) HAYAGO_SKIP(std::string("needs HAYAGO_SHARED/") + (relative)); \
  const std::string& var = *var##_path
