#include "search/board/board.h"

#include <bitset>
#include <cstring>
#include <stdexcept>

#include "search/board/zobrist.h"

namespace hayago::search {

Board::Board(int x_size, int y_size)
    : x_size_(static_cast<std::int16_t>(x_size)), y_size_(static_cast<std::int16_t>(y_size)) {
  if (x_size < 1 || y_size < 1 || x_size > kMaxBoard || y_size > kMaxBoard) {
    throw std::invalid_argument("board sides must be 1.." + std::to_string(kMaxBoard) + ", got " +
                                std::to_string(x_size) + "x" + std::to_string(y_size));
  }
  colors_.fill(Color::kWall);
  for (int y = 0; y < y_size; y++) {
    for (int x = 0; x < x_size; x++) {
      colors_[at_index(loc(x, y))] = Color::kEmpty;
      points_.set(loc(x, y));
    }
  }
  const ZobristTables& z = zobrist();
  position_hash_ =
      z.size_x[static_cast<std::size_t>(x_size)] ^ z.size_y[static_cast<std::size_t>(y_size)];
}

bool Board::is_adjacent_to(Loc l, Color c) const {
  for (Loc offset : neighbour_offsets()) {
    if (at(static_cast<Loc>(l + offset)) == c) return true;
  }
  return false;
}

int Board::count_empty_neighbours(Loc l) const {
  int n = 0;
  for (Loc offset : neighbour_offsets()) n += at(static_cast<Loc>(l + offset)) == Color::kEmpty;
  return n;
}

bool Board::has_chain_neighbour(Loc l, Player p, Loc head) const {
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    if (at(a) == p && chain_head(a) == head) return true;
  }
  return false;
}

bool Board::is_suicide(Loc l, Player p) const {
  const Player opp = opponent(p);
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    const Color c = at(a);
    if (c == Color::kEmpty) return false;
    if (c == p && liberties(a) > 1) return false;
    if (c == opp && liberties(a) == 1) return false;
  }
  return true;
}

bool Board::is_illegal_suicide(Loc l, Player p, bool multi_stone_suicide_legal) const {
  const Player opp = opponent(p);
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    const Color c = at(a);
    if (c == Color::kEmpty) return false;
    if (c == p && (multi_stone_suicide_legal || liberties(a) > 1)) return false;
    if (c == opp && liberties(a) == 1) return false;
  }
  return true;
}

Loc Board::ko_capture_point(Loc l, Player p) const {
  if (at(l) != Color::kEmpty) return kNullLoc;
  const Player opp = opponent(p);
  Loc captured = kNullLoc;
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    const Color c = at(a);
    if (c == Color::kWall) continue;
    if (c != opp) return kNullLoc;
    if (liberties(a) != 1) continue;
    if (captured != kNullLoc || chain_size(a) != 1) return kNullLoc;
    captured = a;
  }
  return captured;
}

bool Board::would_be_capture(Loc l, Player p) const {
  if (at(l) != Color::kEmpty) return false;
  const Player opp = opponent(p);
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    if (at(a) == opp && liberties(a) == 1) return true;
  }
  return false;
}

int Board::liberties_after_play(Loc l, Player p, int max) const {
  const Player opp = opponent(p);
  const auto offsets = neighbour_offsets();
  std::bitset<kLocCount> seen;
  seen.set(at_index(l));
  int count = 0;
  // Empty points and stones about to be captured are liberties of the new chain.
  const auto add_liberties_of = [&](Loc stone) {
    for (Loc offset : offsets) {
      const Loc a = static_cast<Loc>(stone + offset);
      const Color c = at(a);
      if (c != Color::kEmpty && c != opp) continue;
      if (seen.test(at_index(a))) continue;
      if (c == opp && !(liberties(a) == 1 && has_liberty(a, l))) continue;
      seen.set(at_index(a));
      count++;
    }
  };
  add_liberties_of(l);
  for (std::size_t i = 0; i < 4 && count < max; i++) {
    const Loc a = static_cast<Loc>(l + offsets[i]);
    if (at(a) != p) continue;
    Loc stone = a;
    do {
      add_liberties_of(stone);
      stone = next_in_chain(stone);
    } while (stone != a && count < max);
  }
  return count < max ? count : max;
}

bool Board::has_liberty(Loc stone, Loc l) const {
  return has_chain_neighbour(l, at(stone), chain_head(stone));
}

bool Board::is_legal(Loc l, Player p, bool multi_stone_suicide_legal, bool ignore_ko) const {
  if (l == kPassLoc) return true;
  if (!on_board(l) || at(l) != Color::kEmpty) return false;
  if (!ignore_ko && l == ko_loc_) return false;
  return !is_illegal_suicide(l, p, multi_stone_suicide_legal);
}

Hash128 Board::situation_hash(Player to_move) const {
  const ZobristTables& z = zobrist();
  Hash128 hash = position_hash_ ^ z.player[static_cast<std::size_t>(to_move)];
  if (ko_loc_ != kNullLoc) hash ^= z.ko_point[at_index(ko_loc_)];
  return hash;
}

// Sum of products of keyed 32-bit words, two points each; the last point is in the wall.
std::uint64_t Board::chain_order_digest() const {
  constexpr std::size_t kPairs = kLocCount / 2;
  struct Keys {
    std::array<std::uint32_t, kPairs> head{}, next{};
    constexpr Keys() {
      for (std::size_t i = 0; i < kPairs; i++) {
        const std::uint64_t random = mix64(i);
        head[i] = static_cast<std::uint32_t>(random);
        next[i] = static_cast<std::uint32_t>(random >> 32);
      }
    }
  };
  static constexpr Keys kKeys;
  std::array<std::uint32_t, kPairs> heads, nexts;
  std::memcpy(heads.data(), head_.data(), sizeof(heads));
  std::memcpy(nexts.data(), next_.data(), sizeof(nexts));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kPairs; i++) {
    sum += std::uint64_t{heads[i] + kKeys.head[i]} * std::uint64_t{nexts[i] + kKeys.next[i]};
  }
  return sum;
}

}  // namespace hayago::search
