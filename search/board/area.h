// Area computations (spec/03 section 11). Maps are indexed by Loc; entries are kEmpty, kBlack or
// kWhite on the board.
#pragma once
#include <array>

#include "search/board/board.h"

namespace hayago::search {

using AreaMap = std::array<Color, kLocCount>;

struct AreaOptions {
  bool non_pass_alive_stones = false;
  bool safe_big_territories = false;
  bool unsafe_big_territories = false;
  bool suicide_legal = false;  // rules.suicide or the pass-alive-under-suicide mode
};
void calculate_area(const Board& board, const AreaOptions& options, AreaMap& out);

struct IndependentLife {
  AreaMap map;
  int life_count = 0;  // white minus black
};
void calculate_independent_life(const Board& board, bool keep_territories, bool keep_stones,
                                bool suicide_legal, IndependentLife& out);

}  // namespace hayago::search
