#include "nn/model/synth_arch.h"

#include <vector>

namespace hayago::nn {
namespace {

// `count` letters, every `step`-th from the `first`-th (counted from 1) being `special`.
std::string every(int count, int first, int step, char plain, char special) {
  std::string blocks(static_cast<std::size_t>(count), plain);
  for (int i = first; i <= count; i += step) blocks[static_cast<std::size_t>(i - 1)] = special;
  return blocks;
}

// Deep nested networks pool in every third block but not in the last one.
std::string nested(int count) {
  std::string blocks = every(count, 3, 3, 'n', 'G');
  blocks.back() = 'n';
  return blocks;
}

std::string repeat(std::string_view unit, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += unit;
  return all;
}

constexpr Act kR = Act::kRelu, kM = Act::kMish, kS = Act::kSilu;

const std::vector<SynthArch>& table() {
  // clang-format off
  static const std::vector<SynthArch> rows = {
      // name, blocks, trunk, mid, pooled, p1, g1, v1, v2, version, act, kernel
      {"b2c16", "og", 16, 16, 8, 8, 8, 8, 12, 8, kR, 5},
      {"b4c32", "oogo", 32, 32, 16, 12, 12, 12, 24, 8, kR, 5},
      {"b4c64", "oogo", 64, 64, 16, 16, 16, 16, 32, 8, kR, 5},
      {"b4c64k3", "oogo", 64, 64, 16, 16, 16, 16, 32, 8, kR, 3},
      {"b6c64m32", "oogogo", 64, 32, 16, 16, 16, 16, 32, 8, kR, 3},
      {"b6c96", "oogogo", 96, 96, 32, 32, 32, 32, 64, 8, kR, 5},
      {"b10c128", "oooogoogoo", 128, 128, 32, 32, 32, 32, 80, 8, kR, 5},
      {"b15c192", "oooooogoooogooo", 192, 192, 64, 32, 32, 32, 96, 8, kR, 5},
      {"b20c256", "oooooogoooogoooogooo", 256, 256, 64, 48, 48, 48, 112, 8, kR, 5},
      {"b40c256", every(40, 6, 5, 'o', 'g'), 256, 256, 64, 48, 48, 96, 128, 10, kR, 5},
      {"b60c320", every(60, 6, 5, 'o', 'g'), 320, 320, 96, 64, 64, 96, 144, 10, kR, 5},
      {"b1c6nbt", "n", 6, 4, 4, 4, 4, 4, 6, 14, kM, 3},
      {"b3c64nbt", "nGn", 64, 32, 16, 16, 16, 16, 32, 14, kM, 3},
      {"b5c192nbt", "nGnGn", 192, 96, 32, 32, 32, 32, 80, 14, kM, 3},
      {"b10c256nbt", "nnGnnGnnGn", 256, 128, 64, 32, 32, 32, 96, 15, kM, 3},
      {"b10c384nbt", nested(10), 384, 192, 64, 48, 48, 48, 112, 15, kM, 3},
      {"b18c384nbt", nested(18), 384, 192, 64, 48, 48, 96, 128, 14, kM, 3},
      {"b28c512nbt", nested(28), 512, 256, 64, 64, 64, 128, 144, 15, kM, 3},
      {"b40c768nbt", nested(40), 768, 384, 128, 128, 128, 256, 256, 15, kM, 3},
      // ..., pairs, heads, kv_heads, q_dim, v_dim, hidden, rope, tip
      {"b2c32h4tf", "AFAF", 32, 32, 16, 16, 16, 16, 24, 17, kS, 3, 0, 4, 2, 8, 12, 64, "fixed", "rms"},
      {"b2c64nbttf", "nTTn", 64, 32, 16, 16, 16, 16, 32, 17, kM, 3, 2, 4, 2, 16, 8, 80, "learned", "bn"},
      {"b7c96h3tf", repeat("AF", 7), 96, 96, 32, 32, 32, 32, 64, 17, kM, 3, 0, 3, 3, 32, 32, 256, "fixed", "rms"},
      {"b10c384h6nbttf", repeat("T", 10), 384, 192, 48, 48, 48, 96, 96, 17, kS, 3, 2, 6, 6, 32, 32, 512, "learned", "rms-spatial"},
      {"b10c512h8nbt3tf", repeat("T", 10), 512, 256, 64, 64, 64, 128, 128, 17, kS, 3, 3, 8, 8, 32, 32, 768, "learned", "rms-spatial"},
      {"b11c768h12nbt3tf", repeat("T", 11), 768, 384, 96, 96, 96, 192, 192, 17, kS, 3, 3, 12, 12, 32, 32, 1152, "learned", "rms-spatial"},
      {"b21c384h12tf", repeat("AF", 21), 384, 384, 64, 64, 64, 128, 128, 17, kS, 3, 0, 12, 12, 32, 32, 1024, "learned", "rms-spatial"},
  };
  // clang-format on
  return rows;
}

}  // namespace

std::span<const SynthArch> synth_arch_table() { return table(); }

}  // namespace hayago::nn
