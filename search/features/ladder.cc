#include "search/features/ladder.h"

#include <algorithm>

namespace hayago::search {
namespace {

constexpr std::size_t kMoveStackReserve = 256;

struct DefenceBounds {
  int lower = 0, upper = 0;
};

// Bounds on the liberties of the defender's chain after a stone at z (section 10.2 step 4).
DefenceBounds bound_liberties(const Board& board, Loc z, Player defender) {
  int empties = 0, captures = 0, captured_stones = 0, joined = 0, largest = 0;
  for (Loc offset : board.neighbour_offsets()) {
    const Loc a = static_cast<Loc>(z + offset);
    const Color c = board.at(a);
    if (c == Color::kEmpty) {
      empties++;
    } else if (c == defender) {
      const int extra = board.liberties(a) - 1;
      joined += extra;
      largest = std::max(largest, extra);
    } else if (c == opponent(defender) && board.liberties(a) == 1) {
      captures++;
      captured_stones += board.chain_size(a);
    }
  }
  return {captures + std::max(largest, empties), empties + captured_stones + joined};
}

}  // namespace

LadderReader::LadderReader(const Board& board) : board_(board) {
  moves_.reserve(kMoveStackReserve);
}

LadderMap LadderReader::read() {
  LadderMap out;
  PointSet visited;
  (board_.stones(Color::kBlack) | board_.stones(Color::kWhite)).for_each([&](Loc l) {
    if (board_.liberties(l) > 2 || visited.test(l)) return;
    Loc stone = l;
    do {
      visited.set(stone);
      stone = board_.next_in_chain(stone);
    } while (stone != l);
    examine_chain(l, out);
  });
  return out;
}

// Section 10.1.
void LadderReader::examine_chain(Loc first_stone, LadderMap& out) {
  const Player owner = board_.at(first_stone);
  bool is_caught = false;
  if (board_.liberties(first_stone) == 1) {
    is_caught = caught(first_stone);
  } else {
    auto& working = owner == Color::kBlack ? out.working_against_black : out.working_against_white;
    moves_.clear();
    push_liberties(first_stone);
    const std::array<Loc, 2> liberties = {moves_[0], moves_[1]};
    for (std::size_t i = 0; i < 2; i++) {
      const Loc m = liberties[i];
      if (surely_escapes(m, liberties[1 - i], owner)) continue;
      if (!board_.is_legal(m, opponent(owner), false)) continue;
      const Board::Undo undo = board_.play_undoable(m, opponent(owner));
      const bool works = caught(first_stone);
      board_.undo(undo);
      if (works) working.set(m);
      is_caught = is_caught || works;
    }
  }
  if (!is_caught) return;
  Loc stone = first_stone;
  do {
    out.captured.set(stone);
    stone = board_.next_in_chain(stone);
  } while (stone != first_stone);
}

// Enough to know that after an attack at m on a chain with the liberties m and q the search ends
// with the first look at q (a lower bound of three liberties there), and that playing m and taking
// it back leaves no trace in the order of stones.
bool LadderReader::surely_escapes(Loc m, Loc q, Player owner) const {
  int attackers = 0;
  for (Loc offset : board_.neighbour_offsets()) {
    const Loc a = static_cast<Loc>(m + offset);
    const Color c = board_.at(a);
    if (a == q || (c == owner && board_.liberties(a) == 1)) return false;
    attackers += c == opponent(owner);
  }
  if (attackers > 1) return false;
  int empties = 0;
  bool joins_strong_chain = false;  // one that keeps three liberties more, whatever m takes
  for (Loc offset : board_.neighbour_offsets()) {
    const Loc a = static_cast<Loc>(q + offset);
    const Color c = board_.at(a);
    empties += c == Color::kEmpty;
    // An attacker that m leaves with one liberty could make q a capture, which is counted apart.
    if (c == opponent(owner) && board_.liberties(a) <= 2) return false;
    joins_strong_chain |= c == owner && board_.liberties(a) >= 5;
  }
  return empties >= 3 || joins_strong_chain;
}

bool LadderReader::caught(Loc target) {
  target_ = target;
  defender_ = board_.at(target);
  attacker_ = opponent(defender_);
  moves_.clear();
  moves_in_search_ = 0;
  gave_up_ = false;
  Board::Undo ko_only = board_.play_undoable(kPassLoc, defender_);
  const bool result = defender_to_move(0);
  // The reference forgets the simple-ko point of its scratch board when it gives up.
  if (!gave_up_) board_.undo(ko_only);
  return result && !gave_up_;
}

// Appends the liberties of a chain in chain order; returns where they start.
std::size_t LadderReader::push_liberties(Loc stone) {
  const std::size_t from = moves_.size();
  const std::size_t end = from + static_cast<std::size_t>(board_.liberties(stone));
  for (Loc s = stone; moves_.size() < end; s = board_.next_in_chain(s)) {
    for (Loc offset : board_.neighbour_offsets()) {
      const Loc a = static_cast<Loc>(s + offset);
      if (board_.at(a) == Color::kEmpty) push_once(a, from);
    }
  }
  return from;
}

void LadderReader::push_once(Loc l, std::size_t from) {
  const auto begin = moves_.begin() + static_cast<std::ptrdiff_t>(from);
  if (std::find(begin, moves_.end(), l) == moves_.end()) moves_.push_back(l);
}

// Captures of attacking chains in atari, then the chain's own liberty.
std::size_t LadderReader::push_defences() {
  const std::size_t from = moves_.size();
  Loc s = target_;
  do {
    for (Loc offset : board_.neighbour_offsets()) {
      const Loc a = static_cast<Loc>(s + offset);
      if (board_.at(a) != attacker_ || board_.liberties(a) != 1) continue;
      // A chain met again adds the same liberty again, which push_once ignores.
      Loc stone = a;
      Loc liberty = kNullLoc;
      do {
        for (Loc o : board_.neighbour_offsets()) {
          const Loc b = static_cast<Loc>(stone + o);
          if (board_.at(b) == Color::kEmpty) liberty = b;
        }
        stone = board_.next_in_chain(stone);
      } while (stone != a && liberty == kNullLoc);
      push_once(liberty, from);
    }
    s = board_.next_in_chain(s);
  } while (s != target_);
  Loc own = target_;
  Loc liberty = kNullLoc;
  while (liberty == kNullLoc) {
    for (Loc offset : board_.neighbour_offsets()) {
      const Loc a = static_cast<Loc>(own + offset);
      if (board_.at(a) == Color::kEmpty) liberty = a;
    }
    own = board_.next_in_chain(own);
  }
  push_once(liberty, from);
  return from;
}

// Plays l and searches on; true if the line ends the way the mover wants. When the search gives up
// the value means nothing.
bool LadderReader::try_move(Loc l, Player p, int ply, bool good_if_caught) {
  if (!board_.is_legal(l, p, false)) return false;
  const Board::Undo undo = board_.play_undoable(l, p);
  moves_played_++;
  if (++moves_in_search_ >= kMaxMoves) gave_up_ = true;
  bool is_caught = false;
  if (!gave_up_) {
    is_caught = p == attacker_ ? defender_to_move(ply + 1) : attacker_to_move(ply + 1);
  }
  board_.undo(undo);
  return is_caught == good_if_caught;
}

bool LadderReader::defender_to_move(int ply) {
  if (ply >= 3 * board_.area() / 2) return true;
  if (board_.liberties(target_) >= 2) return false;
  if (board_.ko_loc() != kNullLoc) return false;
  const std::size_t from = push_defences();
  const std::size_t end = moves_.size();
  const DefenceBounds bounds = bound_liberties(board_, moves_[end - 1], defender_);
  bool escapes = bounds.lower >= 3;
  const bool hopeless = !escapes && end - from == 1 && bounds.upper <= 1;
  for (std::size_t i = from; i < end && !escapes && !hopeless && !gave_up_; i++) {
    escapes = try_move(moves_[i], defender_, ply, false);
  }
  moves_.resize(from);
  return !escapes;
}

int LadderReader::empty_neighbours(Loc l) const {
  int n = 0;
  for (Loc offset : board_.neighbour_offsets()) {
    n += board_.at(static_cast<Loc>(l + offset)) == Color::kEmpty;
  }
  return n;
}

bool LadderReader::attackers_in_atari() const {
  Loc s = target_;
  do {
    for (Loc offset : board_.neighbour_offsets()) {
      const Loc a = static_cast<Loc>(s + offset);
      if (board_.at(a) == attacker_ && board_.liberties(a) == 1) return true;
    }
    s = board_.next_in_chain(s);
  } while (s != target_);
  return false;
}

// Section 10.2, attacker step 4.
bool LadderReader::is_double_ko_trap(Loc p, Loc q) const {
  return board_.would_be_ko_capture(p, attacker_) && board_.would_be_ko_capture(q, attacker_) &&
         board_.liberties_after_play(p, defender_, 3) <= 2 &&
         board_.liberties_after_play(q, defender_, 3) <= 2 && !attackers_in_atari();
}

int LadderReader::attack_priority(Loc l, int empty_count) const {
  int priority = 2 * empty_count;
  for (Loc offset : board_.neighbour_offsets()) {
    const Loc a = static_cast<Loc>(l + offset);
    if (board_.at(a) != defender_) continue;
    const int liberties = board_.liberties(a);
    if (liberties > 1) priority += 2 * liberties - 3;
  }
  return priority;
}

bool LadderReader::attacker_to_move(int ply) {
  if (ply >= 3 * board_.area() / 2) return true;
  if (board_.liberties(target_) <= 1) return true;
  if (board_.liberties(target_) >= 3) return false;
  const std::size_t from = push_liberties(target_);
  Loc first = moves_[from], second = moves_[from + 1];
  moves_.resize(from);
  const int first_empty = empty_neighbours(first), second_empty = empty_neighbours(second);
  if (first_empty == 0 && second_empty == 0 && is_double_ko_trap(first, second)) return true;

  const int distance = std::abs(first - second);
  const bool neighbours = distance == 1 || distance == board_.x_size() + 1;
  if (!neighbours && first_empty >= 3 && second_empty >= 3) return false;
  if (!neighbours && first_empty >= 3) return try_move(first, attacker_, ply, true);
  if (!neighbours && second_empty >= 3) return try_move(second, attacker_, ply, true);

  if (attack_priority(second, second_empty) > attack_priority(first, first_empty)) {
    std::swap(first, second);
  }
  if (try_move(first, attacker_, ply, true)) return true;
  return !gave_up_ && try_move(second, attacker_, ply, true);
}

}  // namespace hayago::search
