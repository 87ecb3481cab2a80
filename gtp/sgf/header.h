// The root properties of a record that vendors write in their own ways: size, komi, rules.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "search/board/board.h"
#include "search/board/rules.h"

namespace hayago::gtp {

// "19", "13:9", "13x9"; nullopt if unreadable. Not range-checked.
std::optional<std::pair<int, int>> parse_sgf_size(std::string_view text);

// KM as a half-integer, nullopt if it is none. Repairs, each with a warning: a decimal comma;
// values of 100 and more are hundredths (KM[750], KM[375] of some servers); quarters (3.75) count
// stones as Chinese records do and are doubled (spec/03 section 4.7).
std::optional<float> parse_sgf_komi(std::string_view text, std::vector<std::string>& warnings);

// RU in any spelling of spec/03 section 4, with an "OGS:" prefix, a suffix after a comma, and a few
// common names in other languages. nullopt if unreadable.
std::optional<search::Rules> parse_sgf_rules(std::string_view text);

// One point "dp" (letters, also upper case for boards above 26); nullopt if it is none of the
// board.
std::optional<search::Loc> parse_sgf_point(std::string_view text, const search::Board& board);
// A point or a compressed rectangle "aa:cc"; empty text is no point.
std::optional<std::vector<search::Loc>> parse_sgf_points(std::string_view text,
                                                         const search::Board& board);
// A point, or pass in one of its spellings: "", "pass", and "tt" on boards that have no such point.
std::optional<search::Loc> parse_sgf_move(std::string_view text, const search::Board& board);

std::string_view trim_blanks(std::string_view text);

}  // namespace hayago::gtp
