// Raw network outputs (spec/07 section 13).
#include <fmt/format.h>

#include <optional>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"
#include "search/context/raw_request.h"
#include "search/features/metadata.h"

namespace hayago::gtp {
namespace {

using search::Color;
using search::GameState;

struct RawArgs {
  search::Player player = Color::kBlack;
  int first_symmetry = 0, last_symmetry = 7;
  double optimism = 0;
  std::string error;
};

RawArgs parse_raw_args(Session& session, const Words& args, bool human) {
  RawArgs out;
  out.player = session.next_player();
  out.optimism = session.params().analysis().root_policy_optimism;
  const std::string form = human ? "[COLOR] SYMMETRY (0 to 7, or all)"
                                 : "[COLOR] SYMMETRY (0 to 7, or all) [OPTIMISM (0 to 1)]";
  std::size_t next = 0;
  if (!args.empty()) {
    if (const auto player = search::parse_player(args[0])) {
      out.player = *player;
      ++next;
    }
  }
  const std::string word = next < args.size() ? to_lower(args[next++]) : "";
  if (word != "all") {
    const auto symmetry = parse_int(word);
    if (!symmetry || *symmetry < 0 || *symmetry > 7) {
      out.error = fmt::format("'{}' is no symmetry; expected {}", word, form);
      return out;
    }
    out.first_symmetry = out.last_symmetry = *symmetry;
  }
  if (!human && next < args.size()) {
    const auto optimism = parse_double(args[next]);
    if (!optimism || *optimism < 0 || *optimism > 1) {
      out.error = fmt::format("'{}' is no optimism; expected {}", args[next], form);
      return out;
    }
    out.optimism = *optimism;
    ++next;
  }
  if (next < args.size()) {
    out.error = fmt::format("unexpected argument '{}'; expected {}", args[next], form);
  }
  return out;
}

std::string format_output(const nn::NetOutput& net, const search::Board& board, int symmetry,
                          bool human) {
  std::string text =
      fmt::format("symmetry {}\nwhiteWin {:.6f}\nwhiteLoss {:.6f}\nnoResult {:.6f}\n", symmetry,
                  net.white_win, net.white_loss, net.white_no_result);
  if (human) {
    text += fmt::format("whiteScore {:.3f}\nwhiteScoreSq {:.3f}\n", net.white_score_mean,
                        net.white_score_mean_sq);
  } else {
    text += fmt::format(
        "whiteLead {:.3f}\nwhiteScoreSelfplay {:.3f}\nwhiteScoreSelfplaySq {:.3f}\n"
        "varTimeLeft {:.3f}\n",
        net.white_lead, net.white_score_mean, net.white_score_mean_sq, net.var_time_left);
  }
  text += fmt::format("shorttermWinlossError {:.3f}\nshorttermScoreError {:.3f}\npolicy\n",
                      net.shortterm_winloss_error, net.shortterm_score_error);
  const auto entry = [](float p) {
    return p < 0 ? std::string("    NAN ") : fmt::format("{:8.6f} ", p);
  };
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      text += entry(net.policy[static_cast<std::size_t>(y * net.width + x)]);
    }
    text += '\n';
  }
  text += "policyPass " + entry(net.policy.back()) + "\nwhiteOwnership\n";
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      text += fmt::format("{:9.7f} ", net.ownership[static_cast<std::size_t>(y * net.width + x)]);
    }
    text += '\n';
  }
  return text;
}

Reply evaluate_raw(Session& session, const RawArgs& args, search::Evaluator& evaluator,
                   const std::optional<search::HumanProfile>& profile, bool human) {
  GameState state = session.state();
  if (state.next_player() != args.player) state.restart_with_player(args.player);
  const auto thread = evaluator.make_thread(0);
  search::Evaluator::Request request =
      search::raw_request(session.params().analysis(), state, 0, args.optimism);
  request.params.human_profile = profile ? &*profile : nullptr;
  std::string text;
  for (int symmetry = args.first_symmetry; symmetry <= args.last_symmetry; ++symmetry) {
    request.params.symmetry = symmetry;
    const search::NetOutputPtr net = evaluator.evaluate(*thread, request);
    if (!text.empty()) text += '\n';  // blocks of "all" are separated by an empty line
    text += format_output(*net, state.board(), symmetry, human);
  }
  return Reply::ok(std::string(trim(text)));
}

}  // namespace

Reply cmd_raw_nn(Session& session, const Words& words) {
  const RawArgs args = parse_raw_args(session, words, false);
  if (!args.error.empty()) return Reply::error(args.error);
  session.stop_pondering();
  return evaluate_raw(session, args, session.evaluator(),
                      search::parse_human_profile(session.params().analysis().human_sl_profile),
                      false);
}

Reply cmd_raw_human_nn(Session& session, const Words& words) {
  const RawArgs args = parse_raw_args(session, words, true);
  if (!args.error.empty()) return Reply::error(args.error);
  if (session.human_evaluator() == nullptr) {
    return Reply::error("kata-raw-human-nn needs a human model (flag -human-model FILE)");
  }
  const auto profile = search::parse_human_profile(session.params().analysis().human_sl_profile);
  if (!profile) {
    return Reply::error("kata-raw-human-nn needs the parameter humanSLProfile, e.g. rank_5k");
  }
  session.stop_pondering();
  return evaluate_raw(session, args, *session.human_evaluator(), profile, true);
}

}  // namespace hayago::gtp
