// The looks of the report's page.
#pragma once
#include <string_view>

namespace hayago::gtp {

// A style sheet for light and dark surroundings. Contains no characters that XML would have to
// escape.
extern const std::string_view kPageStyle;

}  // namespace hayago::gtp
