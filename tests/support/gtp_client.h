// A GTP program as a client sees it: one line in, one response out.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace hayago::test {

// Generous, because tests share the machine; only a hang exceeds it.
inline constexpr double kClientSeconds = 60;

// An environment in which nothing of the user's is found: empty home, no variables of hayago.
ProcessOptions empty_home(const TempDir& dir);

class GtpClient {
 public:
  // `hayago gtp` on made-up evaluations, so that it starts at once and searches fast; `overrides`
  // are added to two search threads and 20 visits.
  GtpClient(const std::string& program, const std::string& overrides = "",
            const std::vector<std::string>& more_args = {});

  void send(const std::string& line) { process_.write_line(line); }
  // The response to `line` without its empty line; "(none)" if it does not come.
  std::string ask(const std::string& line);
  // The next response, the next line.
  std::string response(double seconds = kClientSeconds);
  std::string line(double seconds = kClientSeconds);
  // True if nothing is written for so long.
  bool is_silent(double seconds) { return !process_.read_line(seconds); }
  Process& process() { return process_; }

 private:
  TempDir home_;
  Process process_;
};

}  // namespace hayago::test
