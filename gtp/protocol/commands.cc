#include "gtp/protocol/commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

std::string arity_error(const GtpCommand& command, const Words& args) {
  return fmt::format("{} expects: {}; got '{}'", command.name,
                     command.help.empty() ? "no arguments" : command.help, join(args, " "));
}

}  // namespace

const std::vector<GtpCommand>& gtp_commands() {
  static const std::vector<GtpCommand> commands{
#define HAYAGO_GTP(name, function, min_args, max_args, listed, help) \
  {name, &function, min_args, max_args, listed, help},
#include "gtp/protocol/gtp_commands.inc"
#undef HAYAGO_GTP
  };
  return commands;
}

const GtpCommand* find_command(std::string_view name) {
  const auto& commands = gtp_commands();
  const auto it = std::find_if(commands.begin(), commands.end(),
                               [&](const GtpCommand& command) { return command.name == name; });
  return it == commands.end() ? nullptr : &*it;
}

Reply run_command(Session& session, const std::string& name, const Words& args) {
  const GtpCommand* command = find_command(name);
  if (command == nullptr) return Reply::error("unknown command");
  const int count = static_cast<int>(args.size());
  if (count < command->min_args || (command->max_args >= 0 && count > command->max_args)) {
    return Reply::error(arity_error(*command, args));
  }
  try {
    return command->function(session, args);
  } catch (const std::exception& error) {
    return Reply::error(fmt::format("{} failed: {}", name, error.what()));
  }
}

}  // namespace hayago::gtp
