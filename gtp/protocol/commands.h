// The table of GTP commands.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gtp/protocol/reply.h"
#include "gtp/protocol/session.h"

namespace hayago::gtp {

using Words = std::vector<std::string>;
using CommandFunction = Reply (*)(Session& session, const Words& args);

struct GtpCommand {
  std::string_view name;
  CommandFunction function;
  int min_args, max_args;  // max_args -1: no upper limit
  bool listed;
  std::string_view help;  // the arguments, "" = none
};
const std::vector<GtpCommand>& gtp_commands();
const GtpCommand* find_command(std::string_view name);

// Checks the number of arguments and runs the command. Exceptions of lower layers become errors.
Reply run_command(Session& session, const std::string& name, const Words& args);

// One function per row of gtp_commands.inc (rows may share one).
#define HAYAGO_GTP(name, function, min_args, max_args, listed, help) \
  Reply function(Session& session, const Words& args);
#include "gtp/protocol/gtp_commands.inc"
#undef HAYAGO_GTP

}  // namespace hayago::gtp
