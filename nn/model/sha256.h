// SHA-256 (FIPS 180-4): the identity of a network file.
#pragma once
#include <string>
#include <string_view>

namespace hayago::nn {

// Digest in lower-case hex, 64 characters.
std::string sha256_hex(std::string_view bytes);

}  // namespace hayago::nn
