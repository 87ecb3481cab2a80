#include "search/board/seed_hash.h"

#include <array>
#include <bit>
#include <cstddef>
#include <vector>

namespace hayago::search {
namespace {

constexpr std::array<std::uint32_t, 64> kMd5Sines = {
    0xd76aa478u, 0xe8c7b756u, 0x242070dbu, 0xc1bdceeeu, 0xf57c0fafu, 0x4787c62au, 0xa8304613u,
    0xfd469501u, 0x698098d8u, 0x8b44f7afu, 0xffff5bb1u, 0x895cd7beu, 0x6b901122u, 0xfd987193u,
    0xa679438eu, 0x49b40821u, 0xf61e2562u, 0xc040b340u, 0x265e5a51u, 0xe9b6c7aau, 0xd62f105du,
    0x02441453u, 0xd8a1e681u, 0xe7d3fbc8u, 0x21e1cde6u, 0xc33707d6u, 0xf4d50d87u, 0x455a14edu,
    0xa9e3e905u, 0xfcefa3f8u, 0x676f02d9u, 0x8d2a4c8au, 0xfffa3942u, 0x8771f681u, 0x6d9d6122u,
    0xfde5380cu, 0xa4beea44u, 0x4bdecfa9u, 0xf6bb4b60u, 0xbebfbc70u, 0x289b7ec6u, 0xeaa127fau,
    0xd4ef3085u, 0x04881d05u, 0xd9d4d039u, 0xe6db99e5u, 0x1fa27cf8u, 0xc4ac5665u, 0xf4292244u,
    0x432aff97u, 0xab9423a7u, 0xfc93a039u, 0x655b59c3u, 0x8f0ccc92u, 0xffeff47du, 0x85845dd1u,
    0x6fa87e4fu, 0xfe2ce6e0u, 0xa3014314u, 0x4e0811a1u, 0xf7537e82u, 0xbd3af235u, 0x2ad7d2bbu,
    0xeb86d391u,
};
constexpr std::array<int, 16> kMd5Shifts = {7, 12, 17, 22, 5, 9,  14, 20,
                                            4, 11, 16, 23, 6, 10, 15, 21};

using Block = std::array<std::uint32_t, 16>;

// The padded message as blocks of 16 little-endian words.
std::vector<Block> padded_blocks(std::string_view text) {
  std::vector<Block> blocks((text.size() + 9 + 63) / 64, Block{});
  const auto put = [&](std::size_t i, std::uint32_t byte) {
    blocks[i / 64][i % 64 / 4] |= byte << (8 * (i % 4));
  };
  for (std::size_t i = 0; i < text.size(); i++) put(i, static_cast<unsigned char>(text[i]));
  put(text.size(), 0x80);
  // The length in bits as a 64-bit number; the upper half is zero for our short texts.
  blocks.back()[14] = static_cast<std::uint32_t>(text.size() * 8);
  return blocks;
}

void md5_block(const Block& block, std::array<std::uint32_t, 4>& state) {
  auto [a, b, c, d] = state;
  for (std::size_t i = 0; i < 64; i++) {
    std::uint32_t f = 0;
    std::size_t k = i;
    switch (i / 16) {
      case 0:
        f = (b & c) | (~b & d);
        break;
      case 1:
        f = (d & b) | (~d & c);
        k = 5 * i + 1;
        break;
      case 2:
        f = b ^ c ^ d;
        k = 3 * i + 5;
        break;
      default:
        f = c ^ (b | ~d);
        k = 7 * i;
    }
    const std::uint32_t sum = a + f + kMd5Sines[i] + block[k % 16];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kMd5Shifts[i / 16 * 4 + i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::uint32_t md5_first_word(std::string_view text) {
  std::array<std::uint32_t, 4> state = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
  for (const Block& block : padded_blocks(text)) md5_block(block, state);
  return state[0];
}

}  // namespace hayago::search
