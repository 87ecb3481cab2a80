// The words of a command line.
#pragma once
#include <string>
#include <vector>

namespace hayago::gtp {

using Args = std::vector<std::string>;

}  // namespace hayago::gtp
