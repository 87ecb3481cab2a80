#include "search/board/seed_hash.h"

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
constexpr std::array<std::uint32_t, 64> kSha256Constants = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
    0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
    0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
    0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
    0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
    0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
    0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
    0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
    0xc67178f2u,
};
constexpr std::array<std::uint32_t, 8> kSha256Start = {
    0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
    0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u,
};

using Block = std::array<std::uint32_t, 16>;

// The padded message as blocks of 16 words in the given byte order.
std::vector<Block> padded_blocks(std::string_view text, bool big_endian) {
  std::vector<Block> blocks((text.size() + 9 + 63) / 64, Block{});
  const auto put = [&](std::size_t i, std::uint32_t byte) {
    const std::size_t shift = 8 * (big_endian ? 3 - i % 4 : i % 4);
    blocks[i / 64][i % 64 / 4] |= byte << shift;
  };
  for (std::size_t i = 0; i < text.size(); i++) put(i, static_cast<unsigned char>(text[i]));
  put(text.size(), 0x80);
  // The length in bits as a 64-bit number; the upper half is zero for our short texts.
  blocks.back()[big_endian ? 15 : 14] = static_cast<std::uint32_t>(text.size() * 8);
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

void sha256_block(const Block& block, std::array<std::uint32_t, 8>& state) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; i++) w[i] = block[i];
  for (std::size_t i = 16; i < 64; i++) {
    const std::uint32_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) +
           (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
  }
  std::array<std::uint32_t, 8> s = state;
  for (std::size_t i = 0; i < 64; i++) {
    const std::uint32_t e = s[4], a = s[0];
    const std::uint32_t t1 = s[7] + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                             ((e & s[5]) ^ (~e & s[6])) + kSha256Constants[i] + w[i];
    const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) +
                             ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    s = {t1 + t2, s[0], s[1], s[2], s[3] + t1, s[4], s[5], s[6]};
  }
  for (std::size_t i = 0; i < 8; i++) state[i] += s[i];
}

}  // namespace

std::uint32_t md5_first_word(std::string_view text) {
  std::array<std::uint32_t, 4> state = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
  for (const Block& block : padded_blocks(text, false)) md5_block(block, state);
  return state[0];
}

std::array<std::uint32_t, 8> sha256(std::string_view text) {
  std::array<std::uint32_t, 8> state = kSha256Start;
  for (const Block& block : padded_blocks(text, true)) sha256_block(block, state);
  return state;
}

}  // namespace hayago::search
