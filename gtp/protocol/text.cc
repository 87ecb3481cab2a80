#include "gtp/protocol/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

std::string print(const char* format, double value) {
  std::array<char, 64> text{};
  const int n = std::snprintf(text.data(), text.size(), format, value);
  return {text.data(), static_cast<std::size_t>(n)};
}

bool is_letter_and_digits(std::string_view piece, char letter) {
  return piece.size() > 1 && piece[0] == letter &&
         piece.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// "s175395328" -> "s175M".
std::string short_sample_count(const std::string& piece) {
  constexpr std::size_t kThousandsFrom = 5, kMillionsFrom = 8;  // digits
  const std::size_t digits = piece.size() - 1;
  if (digits >= kMillionsFrom) return piece.substr(0, piece.size() - 6) + "M";
  if (digits >= kThousandsFrom) return piece.substr(0, piece.size() - 3) + "K";
  return piece;
}

}  // namespace

std::string format_g(double value) { return print("%g", value); }
std::string format_g_point(double value) { return print("%#g", value); }

std::string short_model_name(const std::string& name) {
  std::vector<std::string> kept;
  for (const std::string& piece : split(name, '-')) {
    if (piece == "kata1" || is_letter_and_digits(piece, 'd')) continue;
    kept.push_back(is_letter_and_digits(piece, 's') ? short_sample_count(piece) : piece);
  }
  return join(kept, "-");
}

std::string not_a_color(const std::string& word) {
  return fmt::format("'{}' is no color (expected b, black, w or white)", word);
}

std::string not_a_point(const std::string& word, const search::Board& board) {
  const int x = board.x_size(), y = board.y_size();
  const std::string corner = search::loc_to_string(board.loc(x - 1, 0), board);
  const std::string last = corner.substr(0, corner.find_first_of("0123456789"));
  return fmt::format("'{}' is no point of this {}x{} board (columns A to {}{}, rows 1 to {})", word,
                     x, y, last, x > 8 ? " without I" : "", y);
}

}  // namespace hayago::gtp
