// The network in the program, for those who have no other. README.md: how it was made.
#pragma once
#include <string_view>

namespace hayago::nn {

// Its name where names of network files are expected. No file's name, as it has no ending.
inline constexpr std::string_view kBuiltinModel = "builtin";

// A .safetensors.gz file.
std::string_view builtin_network();

}  // namespace hayago::nn
