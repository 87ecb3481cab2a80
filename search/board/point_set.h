// Sets of points as bits by Loc, for questions about the whole board. A step to a neighbour is a
// shift by 1 or by the width of a row; the wall between rows keeps them apart as long as results
// are cut to points of the board.
#pragma once
#include <array>
#include <bit>
#include <cstddef>

#include "search/board/point.h"

namespace hayago::search {

class PointSet {
 public:
  bool test(Loc l) const { return (words_[word(l)] >> bit(l) & 1) != 0; }
  void set(Loc l) { words_[word(l)] |= std::uint64_t{1} << bit(l); }
  void reset(Loc l) { words_[word(l)] &= ~(std::uint64_t{1} << bit(l)); }
  void clear() { words_.fill(0); }
  bool none() const {
    std::uint64_t all = 0;
    for (std::uint64_t w : words_) all |= w;
    return all == 0;
  }
  bool any() const { return !none(); }
  int count() const {
    int n = 0;
    for (std::uint64_t w : words_) n += std::popcount(w);
    return n;
  }
  bool operator==(const PointSet&) const = default;

  PointSet& operator|=(const PointSet& o) {
    for (std::size_t i = 0; i < kWords; i++) words_[i] |= o.words_[i];
    return *this;
  }
  PointSet& operator&=(const PointSet& o) {
    for (std::size_t i = 0; i < kWords; i++) words_[i] &= o.words_[i];
    return *this;
  }
  // Takes the points of o out.
  PointSet& operator-=(const PointSet& o) {
    for (std::size_t i = 0; i < kWords; i++) words_[i] &= ~o.words_[i];
    return *this;
  }
  friend PointSet operator|(PointSet a, const PointSet& b) { return a |= b; }
  friend PointSet operator&(PointSet a, const PointSet& b) { return a &= b; }
  friend PointSet operator-(PointSet a, const PointSet& b) { return a -= b; }

  // Calls f(l) in ascending order, which is raster order.
  template <class F>
  void for_each(const F& f) const {
    for (std::size_t i = 0; i < kWords; i++) {
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
        f(static_cast<Loc>(i * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
      }
    }
  }

  // Points next to a point of the set, some of them perhaps in the wall. `row` is the distance of
  // vertical neighbours.
  PointSet neighbours(int row) const {
    PointSet out;
    for (std::size_t i = 0; i < kWords; i++) {
      const std::uint64_t w = words_[i];
      out.words_[i] = w << 1 | w >> 1 | w << row | w >> row | spill(i, row);
    }
    return out;
  }

  // The points of `within` that are connected to the set through points of `within`.
  PointSet spread(const PointSet& within, int row) const;

 private:
  static constexpr std::size_t kWords = (kLocCount + 63) / 64;
  static std::size_t word(Loc l) { return static_cast<std::size_t>(l) / 64; }
  static int bit(Loc l) { return l % 64; }

  // What the words beside word i contribute to its neighbours.
  std::uint64_t spill(std::size_t i, int row) const {
    std::uint64_t out = 0;
    if (i > 0) out |= words_[i - 1] >> 63 | words_[i - 1] >> (64 - row);
    if (i + 1 < kWords) out |= words_[i + 1] << 63 | words_[i + 1] << (64 - row);
    return out;
  }
  std::uint64_t grow_word(std::size_t i, std::uint64_t within, int row);

  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace hayago::search
