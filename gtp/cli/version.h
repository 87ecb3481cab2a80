// The text of `hayago version` and of every -version flag.
#pragma once
#include <string>

namespace hayago::gtp {

// Lines ended by LF; the first one begins with "KataGo v" because programs use it as a health
// check.
std::string version_text();

}  // namespace hayago::gtp
