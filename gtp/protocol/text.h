// Number formats of GTP responses (spec/07 section 2).
#pragma once
#include <string>

namespace hayago::gtp {

std::string format_g(double value);        // "%g": 6 significant digits, no trailing zeros
std::string format_g_point(double value);  // "%#g": always 6 digits and a decimal point

// "g170-b6c96-s175395328-d26788732" -> "g170-b6c96-s175M" (spec/07 section 6).
std::string short_model_name(const std::string& name);

}  // namespace hayago::gtp
