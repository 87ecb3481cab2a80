#include "search/board/zobrist.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <string>

#include "nn/model/sha256.h"
#include "search/board/seed_hash.h"

namespace hayago::search {
namespace {

// Non-zero 64-bit words from SHA-256 of "<counter>|<md5 word>|<seed>".
class SeedWords {
 public:
  explicit SeedWords(const std::string& seed) : seed_(seed), md5_(md5_first_word(seed)) {}

  std::uint64_t next() {
    for (;;) {
      if (used_ == 4) refill();
      const std::size_t i = used_++;
      const std::uint64_t word = std::uint64_t{digest_[2 * i]} << 32 | digest_[2 * i + 1];
      if (word != 0) return word;
    }
  }

 private:
  void refill() {
    digest_ = nn::sha256_words(std::to_string(counter_) + "|" + std::to_string(md5_) + "|" + seed_);
    counter_ += 37;
    used_ = 0;
  }

  std::string seed_;
  std::uint32_t md5_;
  std::uint32_t counter_ = 0;
  std::size_t used_ = 4;
  std::array<std::uint32_t, 8> digest_{};
};

// PCG32 plus xorshift1024*.
class TableGenerator {
 public:
  explicit TableGenerator(const std::string& seed) {
    SeedWords words(seed);
    for (auto& a : xorshift_) a = words.next();
    pcg_ = words.next();
  }

  Hash128 next128() {
    Hash128 h;
    h.h0 = next64();
    h.h1 = next64();
    return h;
  }

 private:
  std::uint64_t next64() {
    const std::uint64_t low = next32();
    return low | std::uint64_t{next32()} << 32;
  }

  std::uint32_t next32() {
    pcg_ = pcg_ * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto z = static_cast<std::uint32_t>(((pcg_ >> 18) ^ pcg_) >> 27);
    const std::uint32_t pcg_output = std::rotr(z, static_cast<int>(pcg_ >> 59));

    std::uint64_t u = xorshift_[index_];
    index_ = (index_ + 1) % 16;
    std::uint64_t v = xorshift_[index_];
    v ^= v << 31;
    v ^= v >> 11;
    u ^= u >> 30;
    xorshift_[index_] = u ^ v;
    const std::uint64_t product = xorshift_[index_] * 1181783497276652981ULL;
    return pcg_output + static_cast<std::uint32_t>(product >> 32);
  }

  std::array<std::uint64_t, 16> xorshift_{};
  std::size_t index_ = 0;
  std::uint64_t pcg_ = 0;
};

}  // namespace

std::string to_hex(const Hash128& h) { return fmt::format("{:016X}{:016X}", h.h1, h.h0); }

ZobristTables make_zobrist_tables() {
  ZobristTables t{};
  TableGenerator points("Board::initHash()");
  for (auto& key : t.player) key = points.next128();
  for (int phase = 0; phase < 3; phase++) points.next128();  // the reference's phase keys
  for (std::size_t i = 0; i < kLocCount; i++) {
    for (std::size_t color = 0; color < 2; color++) {
      t.stone[i][color] = points.next128();
      t.mark[i][color] = points.next128();
    }
    t.ko_point[i] = points.next128();
  }
  TableGenerator sizes("Board::initHash() for ZOBRIST_SIZE hashes");
  for (std::size_t n = 0; n <= kMaxBoard; n++) {
    t.size_x[n] = sizes.next128();
    t.size_y[n] = sizes.next128();
  }
  return t;
}

}  // namespace hayago::search
