#include "gtp/play/board_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;

// Both the ground and what stands on it are painted, so that it can be read on dark and on light
// terminals.
constexpr std::string_view kWood = "\x1b[48;5;179m";
constexpr std::string_view kReset = "\x1b[0m";

std::string_view paint(char c) {
  if (c == 'X' || c == 'x' || c == 'b') return "\x1b[1;38;5;16m";
  if (c == 'O' || c == 'o' || c == 'w') return "\x1b[1;38;5;231m";
  if (c == '(' || c == ')') return "\x1b[1;38;5;124m";
  return "\x1b[22;38;5;94m";
}

std::string painted(const std::string& cells) {
  std::string text(kWood);
  for (const char c : cells) {
    if (c != ' ') text += paint(c);
    text += c;
  }
  return text + std::string(kReset);
}

std::string column_name(int x, const Board& board) {
  const std::string vertex = search::loc_to_string(board.loc(x, 0), board);
  return vertex.substr(0, vertex.find_first_of("0123456789"));
}

std::string letters(const Board& board) {
  std::string text = "  ";
  for (int x = 0; x < board.x_size(); ++x) text += fmt::format("{:>2}", column_name(x, board));
  return text;
}

// The points of one row, a blank or a parenthesis on both sides of each.
std::string cells_of_row(const Board& board, int y, Loc last,
                         const std::function<char(int, int)>& glyph) {
  std::string cells;
  char before = ' ';
  for (int x = 0; x < board.x_size(); ++x) {
    const bool marked = board.loc(x, y) == last;
    cells += marked ? '(' : before;
    cells += glyph(x, y);
    before = marked ? ')' : ' ';
  }
  return cells + before;
}

std::string draw(const Board& board, Loc last, const std::function<char(int, int)>& glyph,
                 const std::vector<std::string>& notes, bool colours) {
  constexpr std::size_t kGap = 3;
  const std::size_t width = 2 * static_cast<std::size_t>(board.x_size()) + 5;
  std::size_t longest = 0;
  for (const std::string& note : notes) longest = std::max(longest, note.size());
  const bool beside = width + kGap + longest <= kTerminalColumns &&
                      notes.size() <= static_cast<std::size_t>(board.y_size());
  std::string text = letters(board) + '\n';
  for (int y = 0; y < board.y_size(); ++y) {
    const int number = board.y_size() - y;
    const std::string cells = cells_of_row(board, y, last, glyph);
    text += fmt::format("{:>2}{}{}", number, colours ? painted(cells) : cells, number);
    const auto row = static_cast<std::size_t>(y);
    if (beside && row < notes.size() && !notes[row].empty()) {
      text += std::string(kGap + (number < 10 ? 1 : 0), ' ') + notes[row];
    }
    text += '\n';
  }
  text += letters(board) + '\n';
  if (!beside) {
    for (const std::string& note : notes) text += note + '\n';
  }
  return text;
}

// Lines with marked points along one side: the third or fourth from both edges, and the middle of
// odd sides.
bool is_star_line(int at, int size) {
  const int edge = size >= 13 ? 3 : 2;
  return at == edge || at == size - 1 - edge || (size % 2 == 1 && at == size / 2);
}

bool is_middle(int at, int size) { return size % 2 == 1 && at == size / 2; }

}  // namespace

bool is_star_point(int x, int y, int x_size, int y_size) {
  if (std::min(x_size, y_size) < 7) return false;
  if (!is_star_line(x, x_size) || !is_star_line(y, y_size)) return false;
  // Smaller boards have the corners and the centre only.
  const bool all_nine = x_size >= 15 && y_size >= 15;
  return all_nine || is_middle(x, x_size) == is_middle(y, y_size);
}

std::string play_board_text(const search::GameState& state, const std::vector<std::string>& notes,
                            bool colours) {
  const Board& board = state.board();
  const Loc last = state.moves().empty() ? search::kNullLoc : state.moves().back().loc;
  const auto glyph = [&board](int x, int y) {
    const Color color = board.at(board.loc(x, y));
    if (color == Color::kBlack) return 'X';
    if (color == Color::kWhite) return 'O';
    return is_star_point(x, y, board.x_size(), board.y_size()) ? '+' : '.';
  };
  return draw(board, last, glyph, notes, colours);
}

std::string play_ownership_text(const Board& board, const std::vector<double>& ownership,
                                bool colours) {
  constexpr double kSure = 0.4;
  const auto glyph = [&](int x, int y) {
    const double white = ownership[static_cast<std::size_t>(y * board.x_size() + x)];
    const Color color = board.at(board.loc(x, y));
    if (color == Color::kBlack) return white > kSure ? 'x' : 'X';
    if (color == Color::kWhite) return white < -kSure ? 'o' : 'O';
    return white > kSure ? 'w' : white < -kSure ? 'b' : '.';
  };
  const std::vector<std::string> legend{"X O  stones that live", "x o  stones that will be taken",
                                        "b w  points of Black, White", ".    open"};
  return draw(board, search::kNullLoc, glyph, legend, colours);
}

}  // namespace hayago::gtp
