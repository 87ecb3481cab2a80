// Handicap placement (spec/07 section 7.8, spec/06 section 10).
#include <fmt/format.h>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"
#include "gtp/protocol/text.h"
#include "search/play/handicap.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Loc;

// "" or what is wrong with the number of stones.
std::string parse_stones(const std::string& word, int& stones) {
  const auto value = parse_int(word);
  if (!value)
    return fmt::format("the number of handicap stones must be an integer, not '{}'", word);
  if (*value < 2) return fmt::format("a handicap has at least 2 stones, not {}", *value);
  stones = *value;
  return "";
}

Reply start_handicap_game(Session& session, const std::vector<Loc>& points) {
  const Board empty(session.board().x_size(), session.board().y_size());
  const auto board = search::free_handicap_board(empty, points);
  if (!board) return Reply::error("impossible handicap: " + board.error);
  session.new_game(*board.value, search::Color::kWhite, board.value->stones_on_board());
  std::string text;
  for (const Loc point : points) {
    text += (text.empty() ? "" : " ") + search::loc_to_string(point, empty);
  }
  return Reply::ok(text);
}

}  // namespace

Reply cmd_fixed_handicap(Session& session, const Words& args) {
  int stones = 0;
  const std::string problem = parse_stones(args[0], stones);
  if (!problem.empty()) return Reply::error(problem);
  const Board& board = session.board();
  const auto points = search::fixed_handicap_points(board.x_size(), board.y_size(), stones);
  if (!points) return Reply::error(points.error);
  if (board.stones_on_board() > 0) return Reply::error("board is not empty");
  return start_handicap_game(session, *points.value);
}

Reply cmd_place_free_handicap(Session& session, const Words& args) {
  int stones = 0;
  const std::string problem = parse_stones(args[0], stones);
  if (!problem.empty()) return Reply::error(problem);
  if (session.board().stones_on_board() > 0) return Reply::error("board is not empty");
  session.stop_pondering();
  const double draw_value = session.params().genmove().draw_equivalent_wins_for_white;
  return start_handicap_game(
      session, search::place_free_handicap(session.evaluator(), session.state(), stones, draw_value,
                                           session.random_seed()));
}

Reply cmd_set_free_handicap(Session& session, const Words& args) {
  const Board& board = session.board();
  if (board.stones_on_board() > 0) return Reply::error("board is not empty");
  std::vector<Loc> points;
  for (const std::string& word : args) {
    const auto loc = search::parse_loc(word, board);
    if (!loc) return Reply::error("impossible handicap: " + not_a_point(word, board));
    points.push_back(*loc);
  }
  Reply reply = start_handicap_game(session, points);
  if (reply.kind == Reply::Kind::kOk) reply.text.clear();
  return reply;
}

}  // namespace hayago::gtp
