// Text forms of points, players and boards (spec/03 section 2.2).
#include <cctype>
#include <charconv>

#include "search/board/board.h"

namespace hayago::search {
namespace {

constexpr std::string_view kColumns = "ABCDEFGHJKLMNOPQRSTUVWXYZ";
constexpr int kLetters = static_cast<int>(kColumns.size());

std::string_view trim(std::string_view s) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = s.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(kBlanks) - first + 1);
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Decimal with optional sign; nothing else.
std::optional<int> parse_int(std::string_view s) {
  if (!s.empty() && s.front() == '+') {
    s.remove_prefix(1);
    if (!s.empty() && s.front() == '-') return std::nullopt;
  }
  int value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return value;
}

// Index of a column letter; -1 for anything else, I included.
int letter_index(char c) {
  const auto at = kColumns.find(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::optional<Loc> checked(std::optional<int> x, std::optional<int> y, const Board& board) {
  if (!x || !y || *x < 0 || *x >= board.x_size() || *y < 0 || *y >= board.y_size()) {
    return std::nullopt;
  }
  return board.loc(*x, *y);
}

// "a,b" between the brackets.
std::optional<Loc> parse_machine_form(std::string_view inside, const Board& board) {
  const auto comma = inside.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  return checked(parse_int(trim(inside.substr(0, comma))),
                 parse_int(trim(inside.substr(comma + 1))), board);
}

}  // namespace

std::string loc_to_string(Loc l, const Board& board) {
  if (l == kPassLoc) return "pass";
  if (l == kNullLoc) return "null";
  const int x = board.x_of(l), y = board.y_of(l);
  if (!board.on_board(l)) return "(" + std::to_string(x) + "," + std::to_string(y) + ")";
  std::string text;
  if (x >= kLetters) text += kColumns[static_cast<std::size_t>(x / kLetters - 1)];
  text += kColumns[static_cast<std::size_t>(x % kLetters)];
  return text + std::to_string(board.y_size() - y);
}

std::optional<Loc> parse_loc(std::string_view text, const Board& board) {
  text = trim(text);
  if (text.size() < 2) return std::nullopt;
  const std::string small = lower(text);
  if (small == "pass" || small == "pss") return kPassLoc;
  if (text.front() == '(') {
    if (text.back() != ')') return std::nullopt;
    return parse_machine_form(text.substr(1, text.size() - 2), board);
  }
  int x = letter_index(text[0]);
  if (x < 0) return std::nullopt;
  text.remove_prefix(1);
  if (std::isalpha(static_cast<unsigned char>(text[0])) != 0) {
    const int second = letter_index(text[0]);
    if (second < 0) return std::nullopt;
    x = kLetters * (x + 1) + second;
    text.remove_prefix(1);
  }
  const std::optional<int> row = parse_int(text);
  if (!row || *row < 1 || *row > board.y_size()) return std::nullopt;
  return checked(x, board.y_size() - *row, board);
}

std::optional<Player> parse_player(std::string_view text) {
  const std::string small = lower(trim(text));
  if (small == "b" || small == "black") return Color::kBlack;
  if (small == "w" || small == "white") return Color::kWhite;
  return std::nullopt;
}

std::string_view player_letter(Player p) { return p == Color::kBlack ? "B" : "W"; }

std::string board_diagram(const Board& board) {
  std::string text;
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      text += ".XO"[static_cast<std::size_t>(board.at(board.loc(x, y)))];
    }
    text += '\n';
  }
  return text;
}

}  // namespace hayago::search
