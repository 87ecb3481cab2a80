// Small game records for tests of what reads folders of them.
#pragma once
#include <fmt/format.h>

#include <string>

#include "tests/support/process.h"

namespace hayago::test {

// A record of `moves` moves that fill a board from the top, starting at a point of its own.
inline std::string filling_record(int game, int size, int moves) {
  std::string text = fmt::format("(;GM[1]FF[4]SZ[{}]KM[6.5]", size);
  for (int i = 0; i < moves; ++i) {
    const int p = (i * 2 + game) % (size * size);
    text += fmt::format(";{}[{}{}]", i % 2 == 0 ? 'B' : 'W', static_cast<char>('a' + p % size),
                        static_cast<char>('a' + p / size));
  }
  return text + ")";
}

// g00.sgf, g01.sgf, ...: filling records of 24 moves.
inline void write_filling_records(const TempDir& folder, int games, int size) {
  for (int i = 0; i < games; ++i) {
    folder.write(fmt::format("g{:02}.sgf", i), filling_record(i, size, 24));
  }
}

// A game on 9x9 whose first move is its own.
inline std::string short_record(int number) {
  return fmt::format(
      "(;GM[1]FF[4]SZ[9]KM[7];B[{}i];W[gc];B[cg];W[gg];B[cc];W[gf];B[dg];W[fd];B[ed];W[hg])",
      static_cast<char>('a' + number));
}

}  // namespace hayago::test
