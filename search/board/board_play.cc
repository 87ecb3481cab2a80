// Putting stones on the board and taking them back. The order of stones inside a chain follows
// spec/04 section 14, because the ladder search of the reference depends on it.
#include <bitset>

#include "search/board/board.h"
#include "search/board/zobrist.h"

namespace hayago::search {

void Board::play(Loc l, Player p) {
  if (l == kPassLoc) {
    ko_loc_ = kNullLoc;
  } else {
    place(l, p);
  }
}

Board::Undo Board::play_undoable(Loc l, Player p) {
  Undo record{l, ko_loc_, p, 0, false};
  if (l == kPassLoc) {
    ko_loc_ = kNullLoc;
    return record;
  }
  const Placed placed = place(l, p);
  record.captured_directions = placed.captured_directions;
  record.was_suicide = placed.was_suicide;
  return record;
}

Board::Placed Board::place(Loc l, Player p) {
  const Player opp = opponent(p);
  const auto offsets = neighbour_offsets();
  const std::size_t here = at_index(l);
  colors_[here] = p;
  stone_set(p).set(l);
  head_[here] = l;
  next_[here] = l;
  chain_size_[here] = 1;
  chain_liberties_[here] = static_cast<std::int16_t>(count_empty_neighbours(l));
  position_hash_ ^= zobrist().stone_key(l, p);

  Placed placed;
  int captured = 0;
  Loc last_captured = kNullLoc;
  std::array<Loc, 4> seen{};  // heads of opponent chains that already lost this liberty
  for (std::size_t i = 0; i < 4; i++) {
    const Loc a = static_cast<Loc>(l + offsets[i]);
    const Color c = at(a);
    if (c == p) {
      if (chain_head(a) != head_[here]) merge_chains(chain_head(a), head_[here]);
    } else if (c == opp) {
      const Loc head = chain_head(a);
      if (head == seen[0] || head == seen[1] || head == seen[2]) continue;
      seen[i] = head;
      if (--chain_liberties_[at_index(head)] > 0) continue;
      captured += chain_size_[at_index(head)];
      last_captured = a;
      placed.captured_directions |= static_cast<std::uint8_t>(1u << i);
      remove_chain(a);
    }
  }
  captured_[static_cast<std::size_t>(opp)] += captured;

  const std::size_t head = at_index(head_[here]);
  const bool ko = captured == 1 && chain_size_[head] == 1 && chain_liberties_[head] == 1;
  ko_loc_ = ko ? last_captured : kNullLoc;
  if (chain_liberties_[head] == 0) {
    placed.was_suicide = true;
    captured_[static_cast<std::size_t>(p)] += chain_size_[head];
    remove_chain(l);
  }
  return placed;
}

void Board::merge_chains(Loc neighbour_head, Loc own_head) {
  const bool neighbour_is_big =
      chain_size_[at_index(neighbour_head)] >= chain_size_[at_index(own_head)];
  const Loc big = neighbour_is_big ? neighbour_head : own_head;
  const Loc small = neighbour_is_big ? own_head : neighbour_head;
  const Player p = at(big);
  const auto offsets = neighbour_offsets();
  // The new stone took a liberty from the chain that was there before.
  int liberties = chain_liberties_[at_index(big)] - (neighbour_is_big ? 1 : 0);
  Loc last = small;
  for (Loc stone = small;;) {
    for (Loc offset : offsets) {
      const Loc a = static_cast<Loc>(stone + offset);
      if (at(a) == Color::kEmpty && !has_chain_neighbour(a, p, big)) liberties++;
    }
    head_[at_index(stone)] = big;
    last = stone;
    stone = next_[at_index(stone)];
    if (stone == small) break;
  }
  next_[at_index(last)] = next_[at_index(big)];
  next_[at_index(big)] = small;
  chain_size_[at_index(big)] =
      static_cast<std::int16_t>(chain_size_[at_index(big)] + chain_size_[at_index(small)]);
  chain_liberties_[at_index(big)] = static_cast<std::int16_t>(liberties);
}

void Board::change_neighbour_liberties(Loc l, Color c, int delta) {
  std::array<Loc, 4> seen{};
  const auto offsets = neighbour_offsets();
  for (std::size_t i = 0; i < 4; i++) {
    const Loc a = static_cast<Loc>(l + offsets[i]);
    if (at(a) != c) continue;
    const Loc head = chain_head(a);
    if (head == seen[0] || head == seen[1] || head == seen[2]) continue;
    seen[i] = head;
    auto& liberties = chain_liberties_[at_index(head)];
    liberties = static_cast<std::int16_t>(liberties + delta);
  }
}

void Board::remove_chain(Loc l) {
  const Color c = at(l);
  const Player other = opponent(c);
  const ZobristTables& z = zobrist();
  Loc stone = l;
  do {
    colors_[at_index(stone)] = Color::kEmpty;
    stone_set(c).reset(stone);
    position_hash_ ^= z.stone_key(stone, c);
    change_neighbour_liberties(stone, other, 1);
    stone = next_[at_index(stone)];
  } while (stone != l);
}

void Board::undo(const Undo& record) {
  ko_loc_ = record.old_ko;
  if (record.loc == kPassLoc) return;
  const Player p = record.player;
  const Player opp = opponent(p);
  if (record.was_suicide) {
    restore_captured(record.loc, p);
    captured_[static_cast<std::size_t>(p)] -= chain_size(record.loc);
  }
  const auto offsets = neighbour_offsets();
  for (std::size_t i = 0; i < 4; i++) {
    const Loc a = static_cast<Loc>(record.loc + offsets[i]);
    // Two directions may lead to the same captured chain.
    if ((record.captured_directions >> i & 1) == 0 || at(a) != Color::kEmpty) continue;
    restore_captured(a, opp);
    captured_[static_cast<std::size_t>(opp)] -= chain_size(a);
  }
  take_off(record.loc);
}

// Depth first in neighbour order; every further stone goes directly behind the head.
template <class IsMember>
void Board::grow_chain(Loc start, Player p, const IsMember& is_member) {
  struct Frame {
    Loc loc;
    std::uint8_t direction;
  };
  std::array<Frame, kMaxArea> stack;  // left uninitialised: entries are written before use
  const auto offsets = neighbour_offsets();
  const auto join = [&](Loc l) {
    colors_[at_index(l)] = p;
    stone_set(p).set(l);
    head_[at_index(l)] = start;
    chain_size_[at_index(start)]++;
  };
  chain_size_[at_index(start)] = 0;
  next_[at_index(start)] = start;
  join(start);
  std::size_t depth = 0;
  stack[depth++] = {start, 0};
  while (depth > 0) {
    Frame& top = stack[depth - 1];
    if (top.direction == 4) {
      depth--;
      continue;
    }
    const Loc a = static_cast<Loc>(top.loc + offsets[top.direction++]);
    if (!is_member(a)) continue;
    next_[at_index(a)] = next_[at_index(start)];
    next_[at_index(start)] = a;
    join(a);
    stack[depth++] = {a, 0};
  }
}

void Board::restore_captured(Loc start, Player p) {
  grow_chain(start, p, [this](Loc a) { return at(a) == Color::kEmpty; });
  chain_liberties_[at_index(start)] = 0;  // its last liberty is still occupied
  const Player other = opponent(p);
  const ZobristTables& z = zobrist();
  Loc stone = start;
  do {
    position_hash_ ^= z.stone_key(stone, p);
    change_neighbour_liberties(stone, other, -1);
    stone = next_[at_index(stone)];
  } while (stone != start);
}

// Removes the single stone at l, not its chain.
void Board::take_off(Loc l) {
  const Player p = at(l);
  const Loc head = chain_head(l);
  colors_[at_index(l)] = Color::kEmpty;
  stone_set(p).reset(l);
  position_hash_ ^= zobrist().stone_key(l, p);
  change_neighbour_liberties(l, opponent(p), 1);
  if (chain_size_[at_index(head)] == 1) return;
  int friends = 0;
  for (Loc offset : neighbour_offsets()) friends += at(static_cast<Loc>(l + offset)) == p;
  if (friends <= 1) {
    cut_out_of_chain(l, head, p);
  } else {
    rechain_neighbours(l, p);
  }
}

// l was a leaf of its chain, so the rest stays connected and keeps its order.
void Board::cut_out_of_chain(Loc l, Loc head, Player p) {
  int liberties = chain_liberties_[at_index(head)] + 1;  // l itself
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    if (at(a) == Color::kEmpty && !has_chain_neighbour(a, p, head)) liberties--;
  }
  const Loc after = next_[at_index(l)];
  const Loc new_head = head == l ? after : head;
  const auto size = static_cast<std::int16_t>(chain_size_[at_index(head)] - 1);
  // The stone that joined last stands directly behind the head.
  Loc before = head;
  while (next_[at_index(before)] != l) before = next_[at_index(before)];
  next_[at_index(before)] = after;
  if (new_head != head) {
    Loc stone = new_head;
    do {
      head_[at_index(stone)] = new_head;
      stone = next_[at_index(stone)];
    } while (stone != new_head);
  }
  chain_size_[at_index(new_head)] = size;
  chain_liberties_[at_index(new_head)] = static_cast<std::int16_t>(liberties);
}

void Board::rechain_neighbours(Loc l, Player p) {
  for (Loc stone = next_[at_index(l)]; stone != l; stone = next_[at_index(stone)]) {
    head_[at_index(stone)] = kNullLoc;
  }
  for (Loc offset : neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    if (at(a) != p || head_[at_index(a)] != kNullLoc) continue;
    grow_chain(a, p, [&](Loc b) { return at(b) == p && head_[at_index(b)] == kNullLoc; });
    count_chain_liberties(a);
  }
}

void Board::count_chain_liberties(Loc head) {
  std::bitset<kLocCount> seen;
  int liberties = 0;
  const auto offsets = neighbour_offsets();
  Loc stone = head;
  do {
    for (Loc offset : offsets) {
      const std::size_t a = at_index(static_cast<Loc>(stone + offset));
      if (colors_[a] != Color::kEmpty || seen.test(a)) continue;
      seen.set(a);
      liberties++;
    }
    stone = next_[at_index(stone)];
  } while (stone != head);
  chain_liberties_[at_index(head)] = static_cast<std::int16_t>(liberties);
}

void Board::rebuild_chains() {
  position_hash_ = zobrist().size_x[static_cast<std::size_t>(x_size_)] ^
                   zobrist().size_y[static_cast<std::size_t>(y_size_)];
  head_.fill(kNullLoc);
  for (PointSet& set : stones_) set.clear();
  for (int y = 0; y < y_size_; y++) {
    for (int x = 0; x < x_size_; x++) {
      const Loc l = loc(x, y);
      const Color c = at(l);
      if (c == Color::kEmpty) continue;
      position_hash_ ^= zobrist().stone_key(l, c);
      if (head_[at_index(l)] != kNullLoc) continue;
      grow_chain(l, c, [&](Loc a) { return at(a) == c && head_[at_index(a)] == kNullLoc; });
      count_chain_liberties(l);
    }
  }
}

}  // namespace hayago::search
