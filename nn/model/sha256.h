// SHA-256 (FIPS 180-4): the identity of a network file, and the seed of the board's hash tables.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hayago::nn {

// The digest as eight big-endian words.
std::array<std::uint32_t, 8> sha256_words(std::string_view bytes);
// Digest in lower-case hex, 64 characters.
std::string sha256_hex(std::string_view bytes);

}  // namespace hayago::nn
