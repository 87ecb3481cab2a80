// Generating moves (spec/07 section 11).
#include "gtp/protocol/commands.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {
namespace {

// The request of a command whose only argument is a colour; nullopt if it is none.
std::optional<GenmoveRequest> colour_request(const Words& args, bool plays, bool debug = false) {
  const auto player = search::parse_player(args[0]);
  if (!player) return std::nullopt;
  GenmoveRequest request;
  request.player = *player;
  request.plays = plays;
  request.debug = debug;
  return request;
}

Reply run(Session& session, const Words& args, bool plays, bool debug) {
  const auto request = colour_request(args, plays, debug);
  return request ? session.genmove(*request) : Reply::error(not_a_color(args[0]));
}

std::optional<GenmoveRequest> analyze_request(Session& session, const Words& args,
                                              AnalyzeStyle style, bool plays,
                                              std::string& problem) {
  const auto lines =
      parse_analyze_args(args, style, session.next_player(), session.board(), &problem);
  if (!lines) return std::nullopt;
  GenmoveRequest request;
  request.player = lines->player;
  request.plays = plays;
  request.lines = lines;
  return request;
}

Reply run_analyze(Session& session, const Words& args, AnalyzeStyle style, bool plays) {
  std::string problem;
  const auto request = analyze_request(session, args, style, plays, problem);
  return request ? session.genmove(*request) : Reply::error(problem);
}

}  // namespace

Reply cmd_genmove(Session& session, const Words& args) { return run(session, args, true, false); }
Reply cmd_genmove_debug(Session& session, const Words& args) {
  return run(session, args, true, true);
}
Reply cmd_search(Session& session, const Words& args) { return run(session, args, false, false); }
Reply cmd_search_debug(Session& session, const Words& args) {
  return run(session, args, false, true);
}

Reply cmd_search_cancellable(Session& session, const Words& args) {
  const auto request = colour_request(args, false);
  return request ? session.start_cancellable(*request) : Reply::error(not_a_color(args[0]));
}

Reply cmd_lz_genmove_analyze(Session& session, const Words& args) {
  return run_analyze(session, args, AnalyzeStyle::kLz, true);
}
Reply cmd_kata_genmove_analyze(Session& session, const Words& args) {
  return run_analyze(session, args, AnalyzeStyle::kKata, true);
}
Reply cmd_genmove_analyze(Session& session, const Words& args) {
  return run_analyze(session, args, AnalyzeStyle::kSabaki, true);
}
Reply cmd_search_analyze(Session& session, const Words& args) {
  return run_analyze(session, args, AnalyzeStyle::kKata, false);
}

Reply cmd_search_analyze_cancellable(Session& session, const Words& args) {
  std::string problem;
  const auto request = analyze_request(session, args, AnalyzeStyle::kKata, false, problem);
  return request ? session.start_cancellable(*request) : Reply::error(problem);
}

}  // namespace hayago::gtp
