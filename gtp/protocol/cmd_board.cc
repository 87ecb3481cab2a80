// Board size, position, moves, komi (spec/07 section 7).
#include <fmt/format.h>

#include <algorithm>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"
#include "gtp/protocol/search_summary.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {

using search::Board;
using search::Color;

Reply cmd_boardsize(Session& session, const Words& args) {
  Words sides = args;
  if (args.size() == 1) sides = split(args[0], ':');
  if (sides.size() == 1) sides.push_back(sides[0]);
  const auto x = sides.size() == 2 ? parse_int(sides[0]) : std::nullopt;
  const auto y = sides.size() == 2 ? parse_int(sides[1]) : std::nullopt;
  if (!x || !y) {
    return Reply::error(
        fmt::format("a board size is one or two integers, not '{}'", join(args, " ")));
  }
  if (std::min(*x, *y) < 2) return Reply::error("unacceptable size");
  if (std::max(*x, *y) > search::kMaxBoard) {
    return Reply::error(
        fmt::format("unacceptable size (this build goes up to {})", search::kMaxBoard));
  }
  session.stop_pondering();
  session.resize(*x, *y);
  return Reply::ok();
}

Reply cmd_clear_board(Session& session, const Words&) {
  session.new_game(Board(session.board().x_size(), session.board().y_size()), Color::kBlack);
  return Reply::ok();
}

Reply cmd_set_position(Session& session, const Words& args) {
  const Board empty(session.board().x_size(), session.board().y_size());
  const std::string form = "set_position expects pairs COLOR VERTEX";
  if (args.size() % 2 != 0) {
    return Reply::error(fmt::format("{}; got '{}'", form, join(args, " ")));
  }
  std::vector<search::Placement> stones;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    const auto color = search::parse_player(args[i]);
    const auto loc = search::parse_loc(args[i + 1], empty);
    if (!color) return Reply::error(fmt::format("{}: {}", form, not_a_color(args[i])));
    if (!loc || *loc == search::kPassLoc) {
      return Reply::error(fmt::format("{}: {}", form, not_a_point(args[i + 1], empty)));
    }
    stones.push_back({*loc, *color});
  }
  Board board = empty;
  if (!board.set_stones_strict(stones)) {
    return Reply::error("impossible position: a point is used twice or a chain has no liberties");
  }
  session.new_game(board, Color::kBlack, board.stones_on_board());
  return Reply::ok();
}

Reply cmd_komi(Session& session, const Words& args) {
  constexpr double kLargest = 400;
  const auto komi = parse_double(args[0]);
  if (!komi) return Reply::error(fmt::format("komi must be a number, not '{}'", args[0]));
  if (*komi < -kLargest || *komi > kLargest) return Reply::error("unacceptable komi");
  if (!search::is_half_integer_komi(*komi)) {
    return Reply::error("komi must be an integer or half-integer");
  }
  session.set_komi(static_cast<float>(*komi));
  session.ponder();
  return Reply::ok();
}

Reply cmd_get_komi(Session& session, const Words&) {
  return Reply::ok(format_g(double{session.rules().komi}));
}

namespace {

std::string play(Session& session, const Words& args) {
  const auto player = search::parse_player(args[0]);
  if (!player) return not_a_color(args[0]);
  const auto move = search::parse_loc(args[1], session.board());
  if (!move) return not_a_point(args[1], session.board()) + " nor 'pass'";
  return session.play(*move, *player) ? "" : "illegal move";
}

}  // namespace

Reply cmd_play(Session& session, const Words& args) {
  const std::string problem = play(session, args);
  session.ponder();
  return problem.empty() ? Reply::ok() : Reply::error(problem);
}

Reply cmd_undo(Session& session, const Words&) {
  return session.undo() ? Reply::ok() : Reply::error("cannot undo");
}

Reply cmd_showboard(Session& session, const Words&) {
  const search::GameState& state = session.state();
  std::string text = board_text(state);
  text +=
      fmt::format("Next player: {}\n", state.next_player() == Color::kBlack ? "Black" : "White");
  if (state.phase() > 0) text += fmt::format("Game phase: {}\n", state.phase());
  text += fmt::format("Rules: {}\n", search::rules_json(state.rules(), true));
  if (state.white_handicap_bonus() != 0) {
    text += fmt::format("Handicap bonus score: {:g}\n", state.white_handicap_bonus());
  }
  text += fmt::format("B stones captured: {}\nW stones captured: {}",
                      state.board().captured(Color::kBlack), state.board().captured(Color::kWhite));
  return Reply::ok(text);
}

}  // namespace hayago::gtp
