#include "gtp/protocol/command_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtp/config/parse.h"

namespace hayago::gtp {

std::string clean_line(std::string_view raw) {
  std::string line;
  for (const char c : trim(raw)) {
    if (c == '#') break;
    if (c == '\t') {
      line += ' ';
    } else if (c >= ' ' && c <= '~') {
      line += c;
    }
  }
  return std::string(trim(line));
}

CommandLine parse_command_line(const std::string& line) {
  constexpr std::size_t kMaxIdDigits = 9;
  CommandLine command;
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits > 0) {
    const std::size_t zeros = std::min(line.find_first_not_of('0'), digits - 1);
    command.id = line.substr(zeros, digits - zeros);
    if (digits > kMaxIdDigits) {
      command.error = fmt::format("the id has more than {} digits", kMaxIdDigits);
      command.id.clear();
      return command;
    }
  }
  const std::string rest(trim(std::string_view(line).substr(digits)));
  if (rest.empty()) {
    command.error = "empty command";
    return command;
  }
  std::vector<std::string> words = split(rest, ' ');
  command.name = words.front();
  command.args.assign(words.begin() + 1, words.end());
  return command;
}

}  // namespace hayago::gtp
