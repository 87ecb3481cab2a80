// Number formats of GTP responses (spec/07 section 2) and texts that several commands use.
#pragma once
#include <string>

#include "search/board/board.h"

namespace hayago::gtp {

std::string format_g(double value);        // "%g": 6 significant digits, no trailing zeros
std::string format_g_point(double value);  // "%#g": always 6 digits and a decimal point

// "g170-b6c96-s175395328-d26788732" -> "g170-b6c96-s175M" (spec/07 section 6).
std::string short_model_name(const std::string& name);

// "'x' is no color (expected b, black, w or white)"
std::string not_a_color(const std::string& word);
// "'z9' is no point of this 9x7 board (columns A to J without I, rows 1 to 7)"
std::string not_a_point(const std::string& word, const search::Board& board);

}  // namespace hayago::gtp
