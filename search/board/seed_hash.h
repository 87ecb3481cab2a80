// MD5 and SHA-256 of short texts. They only seed the Zobrist tables (spec/03 section 15.2);
// RFC 1321 and FIPS 180-4.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace hayago::search {

// The first four digest bytes as a little-endian word.
std::uint32_t md5_first_word(std::string_view text);
// The digest as eight big-endian words.
std::array<std::uint32_t, 8> sha256(std::string_view text);

}  // namespace hayago::search
