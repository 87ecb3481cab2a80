// The Zobrist tables of the reference (spec/03 section 15.2), computed once on first use.
#pragma once
#include <array>
#include <cstddef>

#include "search/board/board.h"
#include "search/board/hash.h"

namespace hayago::search {

struct ZobristTables {
  std::array<Hash128, 4> player;                        // by Color
  std::array<std::array<Hash128, 2>, kLocCount> stone;  // [loc][0 black, 1 white]
  std::array<std::array<Hash128, 2>, kLocCount> mark;
  std::array<Hash128, kLocCount> ko_point;
  std::array<Hash128, kMaxBoard + 1> size_x, size_y;

  const Hash128& stone_key(Loc l, Color c) const {
    return stone[static_cast<std::size_t>(l)][static_cast<std::size_t>(c) - 1];
  }
};
ZobristTables make_zobrist_tables();
// Immutable; the first call computes them, safe from several threads.
inline const ZobristTables& zobrist() {
  static const ZobristTables tables = make_zobrist_tables();
  return tables;
}

}  // namespace hayago::search
