// One line of GTP input (spec/07 section 1.1).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace hayago::gtp {

// White space trimmed, unprintable bytes and comments removed, tabs turned into blanks; may be "".
std::string clean_line(std::string_view raw);

struct CommandLine {
  std::string id;  // digits without leading zeros, "" = none
  std::string name;
  std::vector<std::string> args;  // repeated blanks make empty arguments
  std::string error;              // not "": the line is no command, answer this
};
// `line` is cleaned and not empty.
CommandLine parse_command_line(const std::string& line);

}  // namespace hayago::gtp
