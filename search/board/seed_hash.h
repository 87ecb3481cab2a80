// MD5 of short texts (RFC 1321). It only seeds the Zobrist tables (spec/03 section 15.2), together
// with SHA-256 (nn/model/sha256.h).
#pragma once
#include <cstdint>
#include <string_view>

namespace hayago::search {

// The first four digest bytes as a little-endian word.
std::uint32_t md5_first_word(std::string_view text);

}  // namespace hayago::search
