// Analysis until the next input line (spec/07 section 12).
#include <fmt/format.h>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"

namespace hayago::gtp {
namespace {

Reply run(Session& session, const Words& words, AnalyzeStyle style) {
  const auto args = parse_analyze_args(words, style, session.next_player(), session.board());
  if (!args) {
    return Reply::error(
        fmt::format("analyze arguments are unreadable or out of range: '{}'", join(words, " ")));
  }
  return session.start_analysis(*args);
}

}  // namespace

Reply cmd_lz_analyze(Session& session, const Words& args) {
  return run(session, args, AnalyzeStyle::kLz);
}
Reply cmd_kata_analyze(Session& session, const Words& args) {
  return run(session, args, AnalyzeStyle::kKata);
}
Reply cmd_analyze(Session& session, const Words& args) {
  return run(session, args, AnalyzeStyle::kSabaki);
}

}  // namespace hayago::gtp
