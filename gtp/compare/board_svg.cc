#include "gtp/compare/board_svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtp/report/xml_text.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;

constexpr int kCell = 24, kMargin = 30;
constexpr int kHalf = 11;  // edge of a marker
constexpr double kShownShare = 0.03;

int place(int index) { return kMargin + kCell * index; }

std::string grid(const Board& board) {
  std::string path;
  for (int x = 0; x < board.x_size(); ++x) {
    path += fmt::format("M{} {}v{}", place(x), kMargin, kCell * (board.y_size() - 1));
  }
  for (int y = 0; y < board.y_size(); ++y) {
    path += fmt::format("M{} {}h{}", kMargin, place(y), kCell * (board.x_size() - 1));
  }
  return fmt::format("<path class=\"lines\" d=\"{}\"/>\n", path);
}

// A path of dots: strokes of no length with round ends.
std::string dots(const std::string& path, const char* classes) {
  return path.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>\n", classes, path);
}

std::string dot(int x, int y) { return fmt::format("M{} {}h0", place(x), place(y)); }

std::string stars(const Board& board) {
  std::string path;
  const std::vector<int> columns = star_lines(board.x_size()), rows = star_lines(board.y_size());
  // Small boards have points in the corners and the middle only.
  const auto is_middle = [](int at, int edge) { return 2 * at == edge - 1; };
  for (const int x : columns) {
    for (const int y : rows) {
      const bool side = is_middle(x, board.x_size()) != is_middle(y, board.y_size());
      if (!side || std::min(board.x_size(), board.y_size()) >= 15) path += dot(x, y);
    }
  }
  return dots(path, "star");
}

std::string stones(const Board& board) {
  std::string black, white;
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Color color = board.at(board.loc(x, y));
      if (color == Color::kBlack) black += dot(x, y);
      if (color == Color::kWhite) white += dot(x, y);
    }
  }
  return dots(black, "black") + dots(white, "rim") + dots(white, "white");
}

std::string coordinates(const Board& board) {
  std::string out;
  for (int x = 0; x < board.x_size(); ++x) {
    const std::string name = search::loc_to_string(board.loc(x, 0), board);
    const std::string letters = name.substr(0, name.find_first_of("0123456789"));
    out += fmt::format("<text x=\"{}\" y=\"14\">{}</text>", place(x), letters);
  }
  for (int y = 0; y < board.y_size(); ++y) {
    out += fmt::format("<text x=\"11\" y=\"{}\">{}</text>", place(y) + 4, board.y_size() - y);
  }
  return fmt::format("<g class=\"where\">{}</g>\n", out);
}

std::string last_move(const search::GameState& state) {
  if (state.moves().empty()) return {};
  const Board& board = state.board();
  const Loc loc = state.moves().back().loc;
  if (!board.on_board(loc) || board.at(loc) == Color::kEmpty) return {};
  return fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"5\" class=\"{}\"/>\n", place(board.x_of(loc)),
                     place(board.y_of(loc)),
                     board.at(loc) == Color::kBlack ? "last light" : "last");
}

// The left or right half of a square with round corners.
std::string half_frame(int x, int y, bool left, const char* classes) {
  constexpr int kCorner = 5, kStraight = kHalf - kCorner;
  const int side = left ? -1 : 1, sweep = left ? 0 : 1;
  return fmt::format(
      "<path d=\"M{} {}h{}a{} {} 0 0 {} {} {}v{}a{} {} 0 0 {} {} {}h{}\" class=\"{}\"/>\n", x,
      y - kHalf, side * kStraight, kCorner, kCorner, sweep, side * kCorner, kCorner, 2 * kStraight,
      kCorner, kCorner, sweep, -side * kCorner, kCorner, -side * kStraight, classes);
}

std::string marker(const Board& board, const MoveShare& move,
                   const PositionComparison& comparison) {
  const bool best_a = move.loc == comparison.best_a, best_b = move.loc == comparison.best_b;
  const bool shown = best_a || best_b || std::max(move.a, move.b) >= kShownShare;
  if (!shown || !board.on_board(move.loc)) return {};
  const int x = place(board.x_of(move.loc)), y = place(board.y_of(move.loc));
  // No circle, which would look like a stone.
  std::string out =
      fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" class=\"paper\"/>\n",
                  x - kHalf, y - kHalf, 2 * kHalf, 2 * kHalf);
  if (best_a) out += half_frame(x, y, true, "frame framea");
  if (best_b) out += half_frame(x, y, false, "frame frameb");
  out +=
      fmt::format("<text x=\"{}\" y=\"{}\" class=\"sharea\">{:.0f}</text>", x, y - 1, 100 * move.a);
  return out + fmt::format("<text x=\"{}\" y=\"{}\" class=\"shareb\">{:.0f}</text>\n", x, y + 9,
                           100 * move.b);
}

}  // namespace

std::vector<int> star_lines(int edge) {
  if (edge < 9) return {};
  const int corner = edge < 13 ? 2 : 3;
  if (edge % 2 == 0) return {corner, edge - 1 - corner};
  return {corner, edge / 2, edge - 1 - corner};
}

std::string board_svg(const search::GameState& state, const PositionComparison& comparison,
                      const std::string& label) {
  const Board& board = state.board();
  const int width = place(board.x_size()) - 4, height = place(board.y_size()) - 4;
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" class=\"board\">\n"
      "<rect width=\"{}\" height=\"{}\" rx=\"6\" class=\"wood\"/>\n",
      width, height, xml_text(label), width, height);
  out += grid(board) + stars(board) + coordinates(board) + stones(board) + last_move(state);
  for (const MoveShare& move : comparison.moves) out += marker(board, move, comparison);
  return out + "</svg>\n";
}

}  // namespace hayago::gtp
