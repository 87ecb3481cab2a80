#include "gtp/sgf/header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace hayago::gtp {
namespace {

std::optional<int> parse_small_int(std::string_view text) {
  text = trim_blanks(text);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A number at the start; what follows may only be a unit, not another number ("6 1/2").
std::optional<double> parse_leading_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.find_first_of("0123456789") != std::string_view::npos) return std::nullopt;
  return value;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::pair<int, int>> parse_sgf_size(std::string_view text) {
  text = trim_blanks(text);
  const std::size_t split = text.find_first_of(":xX");
  const auto x = parse_small_int(text.substr(0, split));
  const auto y = split == std::string_view::npos ? x : parse_small_int(text.substr(split + 1));
  if (!x || !y) return std::nullopt;
  return std::pair{*x, *y};
}

std::optional<float> parse_sgf_komi(std::string_view text, std::vector<std::string>& warnings) {
  const std::string original(trim_blanks(text));
  std::string clean = original;
  if (const std::size_t comma = clean.find(','); comma != std::string::npos) {
    clean[comma] = '.';
    warnings.push_back("KM[" + original + "]: the comma was read as a decimal point");
  }
  const auto number = parse_leading_number(clean);
  if (!number) return std::nullopt;
  double komi = *number;
  if (std::fabs(komi) >= 100) {
    komi /= 100;
    warnings.push_back("KM[" + original + "] was read as hundredths of a point");
  }
  if (!search::is_half_integer_komi(komi) && search::is_half_integer_komi(2 * komi)) {
    komi *= 2;
    warnings.push_back("KM[" + original + "] counts stones; it was doubled to points");
  }
  if (!search::is_half_integer_komi(komi) || std::fabs(komi) > 400) return std::nullopt;
  return static_cast<float>(komi);
}

std::optional<search::Rules> parse_sgf_rules(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kAliases{{
      {"jp", "japanese"},
      {"japan", "japanese"},
      {"日本", "japanese"},
      {"日本规则", "japanese"},
      {"日本ルール", "japanese"},
      {"kr", "korean"},
      {"korea", "korean"},
      {"cn", "chinese"},
      {"china", "chinese"},
      {"中国", "chinese"},
      {"中国规则", "chinese"},
      {"tt", "tromp-taylor"},
      {"simplified ing", "ing"},
  }};
  text = trim_blanks(text);
  if (text.size() > 200) return std::nullopt;
  std::string key(text);
  for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  if (key.rfind("ogs:", 0) == 0) {
    text = trim_blanks(text.substr(4));
    key = std::string(trim_blanks(std::string_view(key).substr(4)));
  }
  for (const auto& [alias, name] : kAliases) {
    if (key == alias) return search::parse_rules(name).value;
  }
  if (text.empty()) return std::nullopt;
  if (auto rules = search::parse_rules(text)) return rules.value;
  const std::size_t comma = text.find(',');
  if (text.front() != '{' && comma != std::string_view::npos) {
    return parse_sgf_rules(text.substr(0, comma));
  }
  return std::nullopt;
}

std::optional<search::Loc> parse_sgf_point(std::string_view text, const search::Board& board) {
  if (text.size() != 2) return std::nullopt;
  const auto axis = [](char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= 'A' && c <= 'Z') return c - 'A' + 26;
    return -1;
  };
  const int x = axis(text[0]), y = axis(text[1]);
  if (x < 0 || y < 0 || x >= board.x_size() || y >= board.y_size()) return std::nullopt;
  return board.loc(x, y);
}

std::optional<std::vector<search::Loc>> parse_sgf_points(std::string_view text,
                                                         const search::Board& board) {
  text = trim_blanks(text);
  std::vector<search::Loc> points;
  if (text.empty()) return points;  // AB[] is written by some programs for "none"
  const std::size_t colon = text.find(':');
  const auto first = parse_sgf_point(trim_blanks(text.substr(0, colon)), board);
  const auto last = colon == std::string_view::npos
                        ? first
                        : parse_sgf_point(trim_blanks(text.substr(colon + 1)), board);
  if (!first || !last) return std::nullopt;
  const auto [x0, x1] = std::minmax({board.x_of(*first), board.x_of(*last)});
  const auto [y0, y1] = std::minmax({board.y_of(*first), board.y_of(*last)});
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) points.push_back(board.loc(x, y));
  }
  return points;
}

std::optional<search::Loc> parse_sgf_move(std::string_view text, const search::Board& board) {
  text = trim_blanks(text);
  if (text.empty() || text == "pass" || text == "PASS") return search::kPassLoc;
  if (const auto point = parse_sgf_point(text, board)) return point;
  if (text == "tt" && board.x_size() <= 19 && board.y_size() <= 19) return search::kPassLoc;
  return std::nullopt;
}

}  // namespace hayago::gtp
