// Legality, ko keys, superko and pass queries (spec/03 sections 6, 8, 9 and 10).
#include <algorithm>

#include "search/board/game_state.h"
#include "search/board/zobrist.h"

namespace hayago::search {

bool GameState::is_legal(Loc l, Player p) const {
  if (p != next_) return false;
  if (l == kPassLoc) return true;
  if (phase_ > 0 && is_pass_for_ko(l, p)) return true;
  return board().is_legal(l, p, rules_.suicide, phase_ > 0) && !superko_banned_.test(l);
}

PointSet GameState::legal_points(Player p) const {
  PointSet legal;
  if (p != next_) return legal;
  const Board& b = board();
  const PointSet empty = b.empty_points();
  legal = empty & empty.neighbours(b.row());  // never a suicide
  (empty - legal).for_each([&](Loc l) {
    if (!b.is_illegal_suicide(l, p, rules_.suicide)) legal.set(l);
  });
  if (phase_ == 0) legal.reset(b.ko_loc());
  legal -= superko_banned_;
  if (phase_ > 0 && ko_recap_blocked_.any()) {
    b.points().for_each([&](Loc l) {
      if (is_pass_for_ko(l, p)) legal.set(l);
    });
  }
  return legal;
}

bool GameState::is_legal_tolerant(Loc l, Player p) const {
  if (p != Color::kBlack && p != Color::kWhite) return false;
  return board().is_legal(l, p, true, true) || is_pass_for_ko(l, p);
}

bool GameState::is_pass_for_ko(Loc l, Player p) const {
  if (phase_ == 0 || ko_recap_blocked_.none() || !board().on_board(l)) return false;
  const Board& b = board();
  if (b.at(l) == opponent(p)) {
    return ko_recap_blocked(l) && b.chain_size(l) == 1 && b.liberties(l) == 1;
  }
  const Loc target = b.ko_capture_point(l, p);
  return target != kNullLoc && ko_recap_blocked(target);
}

bool GameState::forgets_at_passes() const {
  return phase_ > 0 || rules_.ko == KoRule::kSimple || rules_.ko == KoRule::kSpight;
}

int GameState::new_pass_count() const {
  return phase_ == 0 && rules_.ko == KoRule::kSpight ? 0 : consecutive_ending_passes_ + 1;
}

bool GameState::pass_would_be_repetition_end(Player p) const {
  if (!forgets_at_passes()) return false;
  const auto& keys = pass_keys(p);
  if (keys.empty()) return false;
  return std::find(keys.begin(), keys.end(), ko_key(board().position_hash(), p)) != keys.end();
}

bool GameState::pass_would_end_phase(Player p) const {
  return new_pass_count() >= 2 || pass_would_be_repetition_end(p);
}

bool GameState::is_final_phase() const {
  return rules_.scoring == ScoringRule::kArea || phase_ == 2;
}

bool GameState::pass_would_end_game(Player p) const {
  return is_final_phase() && pass_would_end_phase(p);
}

bool GameState::suppress_friendly_pass(Player p) const {
  return rules_.friendly_pass_ok && rules_.scoring == ScoringRule::kArea && new_pass_count() == 2 &&
         !pass_would_be_repetition_end(p);
}

Hash128 GameState::ko_key(const Hash128& position, Player next) const {
  if (phase_ == 0 && (rules_.ko == KoRule::kPositional || rules_.ko == KoRule::kSpight)) {
    return position;
  }
  const ZobristTables& z = zobrist();
  Hash128 key = position ^ z.player[static_cast<std::size_t>(next)];
  if (phase_ > 0) {
    ko_recap_blocked_.for_each([&](Loc l) { key ^= z.mark[static_cast<std::size_t>(l)][0]; });
  }
  return key;
}

bool GameState::push_ko_key(const Hash128& key) {
  const bool is_new = !in_ko_history(key);
  ko_history_.push_back(key);
  ko_filter_.set(key.h0 % kKoFilterBits);
  return is_new;
}

void GameState::clear_ko_history() {
  ko_history_.clear();
  ko_filter_.reset();
}

bool GameState::in_ko_history(const Hash128& key) const {
  return ko_filter_.test(key.h0 % kKoFilterBits) &&
         std::find(ko_history_.begin(), ko_history_.end(), key) != ko_history_.end();
}

// Stones after p plays the empty point l, captures and suicide resolved.
Hash128 GameState::position_after(Loc l, Player p) const {
  const Board& b = board();
  const ZobristTables& z = zobrist();
  const Player opp = opponent(p);
  Hash128 hash = b.position_hash() ^ z.stone_key(l, p);
  const auto remove = [&](Loc start, Color c) {
    Loc stone = start;
    do {
      hash ^= z.stone_key(stone, c);
      stone = b.next_in_chain(stone);
    } while (stone != start);
  };
  const bool suicide = b.is_suicide(l, p);
  if (suicide) hash ^= z.stone_key(l, p);
  std::array<Loc, 4> done{};
  const auto offsets = b.neighbour_offsets();
  for (std::size_t i = 0; i < 4; i++) {
    const Loc a = static_cast<Loc>(l + offsets[i]);
    const Color c = b.at(a);
    const bool removed = suicide ? c == p : c == opp && b.liberties(a) == 1;
    if (!removed || std::find(done.begin(), done.end(), b.chain_head(a)) != done.end()) continue;
    done[i] = b.chain_head(a);
    remove(a, c);
  }
  return hash;
}

void GameState::update_superko_bans(Player p) {
  superko_banned_.clear();
  if (phase_ > 0) {
    ban_repeated_encore_captures(p);
  } else if (rules_.ko != KoRule::kSimple) {
    ban_repetitions(p);
  }
}

// Section 8.3. Where no stone ever stood a move makes a new position, unless it is a suicide.
void GameState::ban_repetitions(Player p) {
  const Board& b = board();
  PointSet candidates = b.empty_points();
  if (rules_.suicide) {
    candidates -= candidates.neighbours(b.row()) - ever_occupied_;
  } else {
    candidates &= ever_occupied_;
  }
  candidates.for_each([&](Loc l) {
    if (l == b.ko_loc()) return;
    if (!ever_occupied_.test(l) && !b.is_suicide(l, p)) return;
    if (b.is_illegal_suicide(l, p, rules_.suicide)) return;
    if (in_ko_history(ko_key(position_after(l, p), opponent(p)))) superko_banned_.set(l);
  });
}

// Section 10.4.
void GameState::ban_repeated_encore_captures(Player p) {
  const Hash128 position = board().position_hash();
  for (const EncoreCapture& capture : encore_ko_captures_) {
    if (capture.player == p && capture.position == position) {
      superko_banned_.set(capture.loc);
    }
  }
}

}  // namespace hayago::search
