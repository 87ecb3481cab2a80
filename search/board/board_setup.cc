// Setting up stones without moves (spec/03 section 3.4), symmetric images, self-check.
#include <bitset>
#include <stdexcept>
#include <vector>

#include "search/board/board.h"
#include "search/board/zobrist.h"

namespace hayago::search {

void Board::set_stone(Loc l, Color c) {
  ko_loc_ = kNullLoc;
  const Color old = at(l);
  if (old == c) return;
  if (old != Color::kEmpty) take_off(l);
  if (c == Color::kEmpty) return;
  // A fresh stone may be a multi-stone suicide, a recoloured one may not.
  const bool refused = old == Color::kEmpty ? is_illegal_suicide(l, c, true) : is_suicide(l, c);
  if (refused) return;
  place(l, c);
  ko_loc_ = kNullLoc;
}

bool Board::set_stones_strict(std::span<const Placement> stones) {
  Board result = *this;
  std::bitset<kLocCount> listed;
  for (const Placement& s : stones) {
    if (!on_board(s.loc) || listed.test(at_index(s.loc))) return false;
    listed.set(at_index(s.loc));
    result.set_stone(s.loc, Color::kEmpty);
  }
  for (const Placement& s : stones) {
    if (s.color == Color::kEmpty) continue;
    if (result.would_be_capture(s.loc, s.color) || result.is_suicide(s.loc, s.color)) return false;
    result.place(s.loc, s.color);
  }
  result.ko_loc_ = kNullLoc;
  *this = result;
  return true;
}

int Board::set_stones_tolerant(std::span<const Placement> stones) {
  ko_loc_ = kNullLoc;
  for (const Placement& s : stones) {
    if (on_board(s.loc)) colors_[at_index(s.loc)] = s.color;
  }
  rebuild_chains();
  std::vector<Loc> dead;
  for (int y = 0; y < y_size_; y++) {
    for (int x = 0; x < x_size_; x++) {
      const Loc l = loc(x, y);
      if (at(l) != Color::kEmpty && liberties(l) == 0) dead.push_back(l);
    }
  }
  for (Loc l : dead) colors_[at_index(l)] = Color::kEmpty;
  if (!dead.empty()) rebuild_chains();
  return static_cast<int>(dead.size());
}

Loc Board::transformed_loc(Loc l, int symmetry) const {
  if (!on_board(l)) return l;
  const int x = (symmetry & 2) != 0 ? x_size_ - 1 - x_of(l) : x_of(l);
  const int y = (symmetry & 1) != 0 ? y_size_ - 1 - y_of(l) : y_of(l);
  const bool transpose = (symmetry & 4) != 0;
  const int new_x_size = transpose ? y_size_ : x_size_;
  return static_cast<Loc>(transpose ? (y + 1) + (x + 1) * (new_x_size + 1)
                                    : (x + 1) + (y + 1) * (new_x_size + 1));
}

Board Board::transformed(int symmetry) const {
  const bool transpose = (symmetry & 4) != 0;
  Board image(transpose ? y_size_ : x_size_, transpose ? x_size_ : y_size_);
  for (int y = 0; y < y_size_; y++) {
    for (int x = 0; x < x_size_; x++) {
      const Loc l = loc(x, y);
      image.colors_[at_index(transformed_loc(l, symmetry))] = at(l);
    }
  }
  image.rebuild_chains();
  image.ko_loc_ = transformed_loc(ko_loc_, symmetry);
  image.captured_ = captured_;
  return image;
}

void Board::check_chain(Loc head) const {
  const Color c = at(head);
  std::bitset<kLocCount> stones, empties;
  Loc stone = head;
  do {
    if (at(stone) != c || chain_head(stone) != head || stones.test(at_index(stone))) {
      throw std::logic_error("board: broken chain list");
    }
    stones.set(at_index(stone));
    stone = next_in_chain(stone);
  } while (stone != head);
  for (int y = 0; y < y_size_; y++) {
    for (int x = 0; x < x_size_; x++) {
      if (!stones.test(at_index(loc(x, y)))) continue;
      for (Loc offset : neighbour_offsets()) {
        const Loc a = static_cast<Loc>(loc(x, y) + offset);
        if (at(a) == c && !stones.test(at_index(a))) {
          throw std::logic_error("board: connected stones in different chains");
        }
        if (at(a) == Color::kEmpty) empties.set(at_index(a));
      }
    }
  }
  if (static_cast<int>(stones.count()) != chain_size(head)) {
    throw std::logic_error("board: wrong chain size");
  }
  if (static_cast<int>(empties.count()) != liberties(head) || empties.none()) {
    throw std::logic_error("board: wrong liberty count");
  }
}

void Board::check_consistency() const {
  const Board fresh(x_size_, y_size_);
  Hash128 hash = fresh.position_hash_;
  for (Loc l = 0; l < kLocCount; l++) {
    const Color c = at(l);
    if ((c == Color::kWall) != (fresh.at(l) == Color::kWall)) {
      throw std::logic_error("board: damaged wall");
    }
    for (Player p : {Color::kBlack, Color::kWhite}) {
      if (stones(p).test(l) != (c == p)) throw std::logic_error("board: wrong set of stones");
    }
    if (points_.test(l) != (c != Color::kWall))
      throw std::logic_error("board: wrong set of points");
    if (c != Color::kBlack && c != Color::kWhite) continue;
    hash ^= zobrist().stone_key(l, c);
    const Loc head = chain_head(l);
    if (!on_board(head) || chain_head(head) != head) {
      throw std::logic_error("board: chain head is no head");
    }
    if (head == l) check_chain(l);
  }
  if (hash != position_hash_) throw std::logic_error("board: wrong position hash");
  if (ko_loc_ != kNullLoc && (!on_board(ko_loc_) || at(ko_loc_) != Color::kEmpty)) {
    throw std::logic_error("board: ko point is not an empty point");
  }
}

}  // namespace hayago::search
