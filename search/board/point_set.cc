#include "search/board/point_set.h"

namespace hayago::search {

// Spreads inside word i as far as two steps and runs to the right reach; returns what is new.
std::uint64_t PointSet::grow_word(std::size_t i, std::uint64_t within, int row) {
  std::uint64_t w = (words_[i] | spill(i, row)) & within;
  for (int step = 0; step < 2; step++) {
    w |= (w << 1 | w >> 1 | w << row | w >> row) & within;
    // Adding carries from a point through all that follow it without a gap.
    w |= (within ^ (within + w)) & within;
  }
  const std::uint64_t gained = w & ~words_[i];
  words_[i] = w;
  return gained;
}

// Down and up the board in turns, each word with the new bits of the one before.
PointSet PointSet::spread(const PointSet& within, int row) const {
  PointSet out = *this & within;
  for (;;) {
    std::uint64_t gained = 0;
    for (std::size_t i = 0; i < kWords; i++) gained |= out.grow_word(i, within.words_[i], row);
    if (gained == 0) return out;
    gained = 0;
    for (std::size_t i = kWords; i-- > 0;) gained |= out.grow_word(i, within.words_[i], row);
    if (gained == 0) return out;
  }
}

}  // namespace hayago::search
