// Independent life: area without seki (spec/03 section 11.4).
#include "search/board/area.h"

namespace hayago::search {
namespace {

// Parts of the area of one colour that touch dame or have stones in atari.
PointSet seki(const Board& board, Player player, const PointSet& area, const PointSet& dame) {
  PointSet seeds = dame.neighbours(board.row()) & area;
  (board.stones(player) & area).for_each([&](Loc l) {
    if (board.liberties(l) == 1) seeds.set(l);
  });
  return seeds.spread(area, board.row());
}

int count_parts(PointSet rest, int row) {
  int count = 0;
  const PointSet all = rest;
  all.for_each([&](Loc l) {
    if (!rest.test(l)) return;
    PointSet start;
    start.set(l);
    rest -= start.spread(rest, row);
    count++;
  });
  return count;
}

}  // namespace

IndependentLife calculate_independent_life(const Board& board, bool keep_territories,
                                           bool keep_stones, bool suicide_legal) {
  const AreaSets basic = calculate_area(board, {true, true, true, suicide_legal});
  const PointSet dame = board.empty_points() - basic.black - basic.white;
  IndependentLife out;
  for (Player player : {Color::kBlack, Color::kWhite}) {
    const PointSet& area = basic.of(player);
    PointSet& life = out.area.of(player);
    life = area - seki(board, player, area, dame);
    const int parts = count_parts(life, board.row());
    out.life_count += player == Color::kWhite ? parts : -parts;
    if (keep_territories) life |= area - board.stones(player);
    if (keep_stones) life |= area & board.stones(player);
  }
  return out;
}

}  // namespace hayago::search
