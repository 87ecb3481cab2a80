#include "search/board/game_state.h"

#include <algorithm>

namespace hayago::search {

GameState::GameState(const Board& board, Player next, const Rules& rules, int phase)
    : initial_board_(board) {
  reset(board, next, rules, phase);
}

void GameState::reset(const Board& board, Player next, const Rules& rules, int phase) {
  rules_ = rules;
  boards_.fill(board);
  ring_ = 0;
  initial_board_ = board;
  initial_player_ = next;
  initial_phase_ = phase;
  moves_.clear();
  prevent_flags_.clear();
  next_ = next;
  // As the reference does it, with the phase before the reset (spec/03 section 5, dagger).
  has_button_ = rules.has_button && phase_ == 0;
  phase_ = phase;
  consecutive_ending_passes_ = 0;
  turns_this_phase_ = valid_turns_this_phase_ = valid_turns_this_game_ = 0;
  for (auto& keys : pass_keys_) keys.clear();
  ever_occupied_ = board.stones(Color::kBlack) | board.stones(Color::kWhite);
  superko_banned_.clear();
  ko_recap_blocked_.clear();
  encore_ko_captures_.clear();
  for (PointSet& stones : second_phase_stones_) stones.clear();
  if (phase == 2) start_second_phase();
  clear_ko_history();
  push_ko_key(ko_key(board.position_hash(), next));
  is_past_normal_phase_end_ = false;
  clear_result();
  white_has_played_ = false;
  assume_handicap_from_moves_ = false;
  override_handicap_ = -1;
  white_bonus_ = initial_white_bonus();
  update_handicap_bonus();
}

void GameState::start_second_phase() {
  second_phase_stones_ = {board().stones(Color::kBlack), board().stones(Color::kWhite)};
}

// Makes "one point per stone ever played" hold for set-up positions too.
float GameState::initial_white_bonus() const {
  if (rules_.scoring == ScoringRule::kArea) return 0;
  const Board& b = initial_board_;
  const int stones = b.stones_of(Color::kBlack) - b.stones_of(Color::kWhite);
  const int captures = b.captured(Color::kWhite) - b.captured(Color::kBlack);
  return static_cast<float>(stones - captures);
}

GameState GameState::before_first_move() const {
  GameState start(initial_board_, initial_player_, rules_, initial_phase_);
  start.set_pass_alive_under_suicide(pass_alive_under_suicide_);
  start.set_assume_handicap_from_moves(assume_handicap_from_moves_);
  start.set_override_handicap(override_handicap_);
  return start;
}

const Board& GameState::recent_board(int back) const {
  return boards_[(ring_ + kRing - static_cast<std::size_t>(back)) % kRing];
}

void GameState::restart_with_player(Player next) {
  Board here = board();
  here.clear_ko();
  const bool assume = assume_handicap_from_moves_;
  reset(here, next, Rules(rules_), phase_);
  set_assume_handicap_from_moves(assume);
}

void GameState::clear_result() {
  is_finished_ = is_scored_ = is_no_result_ = is_resignation_ = false;
  winner_ = Color::kEmpty;
  final_score_ = 0;
}

void GameState::cap_valid_turns() {
  valid_turns_this_phase_ = std::min(valid_turns_this_phase_, 1);
  valid_turns_this_game_ = std::min(valid_turns_this_game_, 1);
}

void GameState::make_move(Loc l, Player p, bool prevent_phase) {
  const Hash128 position_before = board().position_hash();
  if (is_finished_ || is_past_normal_phase_end_) cap_valid_turns();
  const bool violation = !is_legal(l, p);
  clear_result();
  is_past_normal_phase_end_ = false;

  const bool repetition_end = record_pass(l, p);
  const bool pass_for_ko = phase_ > 0 && l != kPassLoc && is_pass_for_ko(l, p);
  apply_to_board(l, p, pass_for_ko);
  if (phase_ > 0 && !pass_for_ko) mark_ko_capture(l, p, position_before);

  const Player opp = opponent(p);
  const bool is_new = push_ko_key(ko_key(board().position_hash(), opp));
  moves_.push_back({l, p});
  prevent_flags_.push_back(prevent_phase);
  turns_this_phase_++;
  valid_turns_this_phase_++;
  valid_turns_this_game_++;
  next_ = opp;
  if (violation) valid_turns_this_game_ = 0;
  if (l != kPassLoc) {
    ever_occupied_.set(l);
    if (p == Color::kWhite) white_has_played_ = true;
  }
  update_superko_bans(opp);

  const bool costs_a_point = rules_.scoring == ScoringRule::kTerritory && phase_ <= 1;
  if (costs_a_point && l != kPassLoc && !pass_for_ko) {
    white_bonus_ += p == Color::kBlack ? 1.0f : -1.0f;
  }
  if (p == Color::kBlack && assume_handicap_from_moves_) update_handicap_bonus_if_open();
  if (consecutive_ending_passes_ >= 2 || repetition_end) handle_phase_end(prevent_phase);
  if (l != kPassLoc && !is_new) end_by_long_cycle();
}

void GameState::apply_to_board(Loc l, Player p, bool pass_for_ko) {
  const std::size_t next_ring = (ring_ + 1) % kRing;
  boards_[next_ring] = boards_[ring_];
  ring_ = next_ring;
  if (pass_for_ko) {
    lift_recap_mark(l, p);
    boards_[ring_].clear_ko();
  } else {
    boards_[ring_].play(l, p);
  }
}

// A pass-for-ko names the marked stone itself or the point that would capture it.
void GameState::lift_recap_mark(Loc l, Player p) {
  const Loc marked = board().at(l) == Color::kEmpty ? board().ko_capture_point(l, p) : l;
  ko_recap_blocked_.reset(marked);
}

// Section 10.3.
void GameState::mark_ko_capture(Loc l, Player p, const Hash128& position_before) {
  Board& b = boards_[ring_];
  if (b.ko_loc() != kNullLoc) {
    ko_recap_blocked_.set(l);
    encore_ko_captures_.push_back({position_before, l, p});
    b.clear_ko();
  }
  ko_recap_blocked_ -= b.empty_points();
}

// Section 9.1.
bool GameState::record_pass(Loc l, Player p) {
  if (l != kPassLoc) {
    consecutive_ending_passes_ = 0;
    return false;
  }
  if (has_button_) {
    take_button(p);
    return false;
  }
  const bool repetition_end = pass_would_be_repetition_end(p);
  consecutive_ending_passes_ = new_pass_count();
  if (forgets_at_passes()) clear_ko_history();
  pass_keys(p).push_back(ko_key(board().position_hash(), p));
  return repetition_end;
}

void GameState::take_button(Player p) {
  has_button_ = false;
  white_bonus_ += p == Color::kWhite ? 0.5f : -0.5f;
  consecutive_ending_passes_ = 0;
  for (auto& keys : pass_keys_) keys.clear();
  clear_ko_history();
}

// Section 9.4.
void GameState::handle_phase_end(bool prevent_phase) {
  if (is_final_phase()) {
    end_and_score_now();
  } else if (prevent_phase) {
    is_past_normal_phase_end_ = true;
    cap_valid_turns();
  } else {
    enter_next_phase();
  }
}

void GameState::enter_next_phase() {
  phase_++;
  turns_this_phase_ = valid_turns_this_phase_ = 0;
  if (phase_ == 2) start_second_phase();
  superko_banned_.clear();
  consecutive_ending_passes_ = 0;
  for (auto& keys : pass_keys_) keys.clear();
  ko_recap_blocked_.clear();
  encore_ko_captures_.clear();
  clear_ko_history();
  push_ko_key(ko_key(board().position_hash(), next_));
}

// Section 7 step 15: the same situation for the third time.
void GameState::end_by_long_cycle() {
  if (phase_ == 0 && rules_.ko != KoRule::kSimple) return;
  const Hash128 newest = ko_history_.back();
  if (std::count(ko_history_.begin(), ko_history_.end(), newest) < 3) return;
  clear_result();
  is_no_result_ = is_finished_ = true;
}

}  // namespace hayago::search
