// Any text inside XML and HTML.
#pragma once
#include <string>
#include <string_view>

namespace hayago::gtp {

// For the content of elements and for attributes in double quotes. Bytes that are not UTF-8 become
// U+FFFD, control characters vanish.
std::string xml_text(std::string_view text);

}  // namespace hayago::gtp
