// Analysis until the next input line (spec/07 section 12).
#include "gtp/protocol/commands.h"

namespace hayago::gtp {
namespace {

Reply run(Session& session, const Words& words, AnalyzeStyle style) {
  std::string problem;
  const auto args =
      parse_analyze_args(words, style, session.next_player(), session.board(), &problem);
  return args ? session.start_analysis(*args) : Reply::error(problem);
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
