// 128-bit Zobrist keys (spec/03 section 15.2).
#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace hayago::search {

struct Hash128 {
  std::uint64_t h0 = 0, h1 = 0;
  Hash128& operator^=(const Hash128& o) {
    h0 ^= o.h0;
    h1 ^= o.h1;
    return *this;
  }
  friend Hash128 operator^(Hash128 a, const Hash128& b) { return a ^= b; }
  bool operator==(const Hash128&) const = default;
  std::strong_ordering operator<=>(const Hash128& o) const {
    const auto c = h1 <=> o.h1;
    return c != 0 ? c : h0 <=> o.h0;
  }
};

// 32 upper-case hex digits, h1 first.
std::string to_hex(const Hash128& h);

// Deterministic 64-bit mixing for keys that need not match the reference.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace hayago::search
