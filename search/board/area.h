// Area computations (spec/03 section 11).
#pragma once
#include <array>

#include "search/board/board.h"

namespace hayago::search {

struct AreaOptions {
  bool non_pass_alive_stones = false;
  bool safe_big_territories = false;
  bool unsafe_big_territories = false;
  bool suicide_legal = false;  // rules.suicide or the pass-alive-under-suicide mode
};

struct AreaSets {
  PointSet black, white;

  PointSet& of(Player p) { return p == Color::kBlack ? black : white; }
  const PointSet& of(Player p) const { return p == Color::kBlack ? black : white; }
};
AreaSets calculate_area(const Board& board, const AreaOptions& options);

// The same by Loc: kEmpty, kBlack or kWhite on the board.
using AreaMap = std::array<Color, kLocCount>;
void calculate_area(const Board& board, const AreaOptions& options, AreaMap& out);
void write_map(const AreaSets& area, AreaMap& out);

struct IndependentLife {
  AreaSets area;
  int life_count = 0;  // white minus black
};
IndependentLife calculate_independent_life(const Board& board, bool keep_territories,
                                           bool keep_stones, bool suicide_legal);

}  // namespace hayago::search
