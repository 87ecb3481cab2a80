// Text to values, with the spellings of spec/09 section 2.5 and spec/07 section 2. The whole text
// must be used; surrounding white space is allowed; nullopt otherwise.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hayago::gtp {

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
// Pieces between separators, not trimmed; "" gives one empty piece.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& words, std::string_view separator);

std::optional<bool> parse_bool(std::string_view text);           // true, false in any case
std::optional<std::int64_t> parse_int64(std::string_view text);  // decimal, optional sign
std::optional<int> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);  // finite; no hexadecimal
// 0 = false, 1 = true, 2 = auto; accepts 1/t/enabled/y/yes, 0/f/disabled/n/no.
std::optional<int> parse_enabled(std::string_view text);

// Number of insertions, deletions, replacements and swaps of neighbours between two texts, letters
// compared without case.
int edit_distance(std::string_view a, std::string_view b);

}  // namespace hayago::gtp
