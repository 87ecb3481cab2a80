#include "tests/support/gtp_client.h"

#include <algorithm>

namespace hayago::test {
namespace {

std::vector<std::string> arguments(const std::string& overrides,
                                   const std::vector<std::string>& more) {
  std::vector<std::string> args{"gtp", "-model", "/dev/null", "-override-config",
                                "numSearchThreads=2,maxVisits=20," + overrides};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

}  // namespace

ProcessOptions empty_home(const TempDir& dir) {
  ProcessOptions options;
  options.directory = dir.path();
  options.environment = {{"HOME", dir.path()},         {"XDG_DATA_HOME", ""},
                         {"XDG_CONFIG_HOME", ""},      {"HAYAGO_MODEL", ""},
                         {"HAYAGO_CONFIG", ""},        {"HAYAGO_ISA", ""},
                         {"HAYAGO_SHARED", dir.path()}};
  return options;
}

GtpClient::GtpClient(const std::string& program, const std::string& overrides,
                     const std::vector<std::string>& more_args)
    : process_(program, arguments(overrides, more_args), empty_home(home_)) {}

std::string GtpClient::ask(const std::string& line) {
  send(line);
  return response();
}

std::string GtpClient::response(double seconds) {
  auto text = process_.read_response(seconds);
  if (!text) return "(none)";
  text->resize(text->size() - std::min<std::size_t>(2, text->size()));  // LF and the empty line
  return *text;
}

std::string GtpClient::line(double seconds) {
  return process_.read_line(seconds).value_or("(none)");
}

}  // namespace hayago::test
