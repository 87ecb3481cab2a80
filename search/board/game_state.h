// The state of a game under a rule set: board, history, ko and superko, passes, phases, scoring
// (spec/03 sections 5 to 14). A value type: copy it to branch.
#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <vector>

#include "search/board/area.h"
#include "search/board/board.h"
#include "search/board/rules.h"

namespace hayago::search {

class GameState {
 public:
  GameState() : GameState(Board(19, 19), Color::kBlack, Rules{}) {}
  GameState(const Board& board, Player next, const Rules& rules, int phase = 0);

  // spec/03 section 5. Keeps pass_alive_under_suicide; the handicap settings return to default.
  void reset(const Board& board, Player next, const Rules& rules, int phase = 0);

  const Board& board() const { return boards_[ring_]; }
  // Board after all but the last `back` turns, back = 0..2; before the start: the initial board.
  const Board& recent_board(int back) const;
  const Board& initial_board() const { return initial_board_; }
  Player initial_player() const { return initial_player_; }
  int initial_phase() const { return initial_phase_; }
  // The same game with all its settings before its first move, for replays.
  GameState before_first_move() const;
  const Rules& rules() const { return rules_; }
  const std::vector<Move>& moves() const { return moves_; }
  // The preventPhase flag each move was made with (for replays).
  const std::vector<bool>& prevent_flags() const { return prevent_flags_; }
  Player next_player() const { return next_; }
  int phase() const { return phase_; }
  int turns_this_phase() const { return turns_this_phase_; }
  int valid_turns_this_phase() const { return valid_turns_this_phase_; }
  int valid_turns_this_game() const { return valid_turns_this_game_; }
  int consecutive_ending_passes() const { return consecutive_ending_passes_; }
  bool has_button() const { return has_button_; }
  const PointSet& superko_banned() const { return superko_banned_; }
  bool superko_banned(Loc l) const { return superko_banned_.test(l); }
  bool any_superko_banned() const { return superko_banned_.any(); }
  const PointSet& ko_recap_blocked() const { return ko_recap_blocked_; }
  bool ko_recap_blocked(Loc l) const { return ko_recap_blocked_.test(l); }
  // Stones at the start of the second phase; none before.
  const PointSet& second_phase_stones(Player p) const {
    return second_phase_stones_[p == Color::kWhite];
  }
  Color second_phase_start(Loc l) const {
    return second_phase_stones_[0].test(l)   ? Color::kBlack
           : second_phase_stones_[1].test(l) ? Color::kWhite
                                             : Color::kEmpty;
  }
  std::size_t ko_history_length() const { return ko_history_.size(); }
  float white_bonus() const { return white_bonus_; }
  float white_handicap_bonus() const { return white_handicap_bonus_; }
  bool is_past_normal_phase_end() const { return is_past_normal_phase_end_; }

  bool is_finished() const { return is_finished_; }
  bool is_scored() const { return is_scored_; }
  bool is_no_result() const { return is_no_result_; }
  bool is_resignation() const { return is_resignation_; }
  Player winner() const { return winner_; }           // kEmpty: none
  float final_score() const { return final_score_; }  // white minus black

  bool is_legal(Loc l, Player p) const;           // strict, section 6.1
  PointSet legal_points(Player p) const;          // all for which that holds, without pass
  bool is_legal_tolerant(Loc l, Player p) const;  // section 6.2
  bool is_pass_for_ko(Loc l, Player p) const;     // section 10.2

  // Section 7. Needs is_legal_tolerant(l, p).
  void make_move(Loc l, Player p, bool prevent_phase = false);

  // Section 9.4 and 9.5.
  bool pass_would_end_phase(Player p) const;
  bool pass_would_end_game(Player p) const;
  bool is_final_phase() const;
  bool suppress_friendly_pass(Player p) const;
  // The repetition condition of section 9.1 ("spightEnd") for a pass by p now.
  bool pass_would_be_repetition_end(Player p) const;

  void set_komi(float komi);  // section 4.7; adjusts a finished score
  void set_assume_handicap_from_moves(bool assume);
  bool assume_handicap_from_moves() const { return assume_handicap_from_moves_; }
  void set_override_handicap(int stones);  // -1: none
  int override_handicap() const { return override_handicap_; }
  int num_handicap_stones() const;  // N of section 13.2, from scratch
  void set_pass_alive_under_suicide(bool on) { pass_alive_under_suicide_ = on; }
  bool pass_alive_under_suicide() const { return pass_alive_under_suicide_; }
  bool area_suicide_flag() const { return rules_.suicide || pass_alive_under_suicide_; }

  // selfKomi of section 5, float additions in the stated order; unclipped.
  float self_komi(Player p, double draw_equivalent_wins_for_white) const;
  // Result is an integer (section 4.7), hence draws are possible.
  bool result_is_integer() const;
  float draw_adjust(double draw_equivalent_wins_for_white) const;

  void end_and_score_now();      // section 12.4
  bool end_if_all_pass_alive();  // section 9.6; true if the game ended
  void set_winner_by_resignation(Player winner);
  // Area and board score used when scored as it stands, without changing the state.
  int board_score(AreaSets& area) const;
  int board_score(AreaMap& map) const;

  // Out-of-turn handling of the front ends (section 14): clear ko, reset with the current board.
  void restart_with_player(Player next);

 private:
  struct EncoreCapture {
    Hash128 position;
    Loc loc;
    Player player;
  };
  std::vector<Hash128>& pass_keys(Player p) { return pass_keys_[p == Color::kWhite]; }
  const std::vector<Hash128>& pass_keys(Player p) const { return pass_keys_[p == Color::kWhite]; }

  // Section 8.1, for given stones under the current phase and marks.
  Hash128 ko_key(const Hash128& position, Player next) const;
  bool in_ko_history(const Hash128& key) const;
  // True if the key is new.
  bool push_ko_key(const Hash128& key);
  void clear_ko_history();
  bool forgets_at_passes() const;
  int new_pass_count() const;

  void cap_valid_turns();
  bool record_pass(Loc l, Player p);  // section 9.1; true: repetition end
  void take_button(Player p);
  void apply_to_board(Loc l, Player p, bool pass_for_ko);
  void lift_recap_mark(Loc l, Player p);
  void mark_ko_capture(Loc l, Player p, const Hash128& position_before);
  Hash128 position_after(Loc l, Player p) const;
  void update_superko_bans(Player p);
  void ban_repetitions(Player p);
  void ban_repeated_encore_captures(Player p);
  void handle_phase_end(bool prevent_phase);
  void enter_next_phase();
  void end_by_long_cycle();
  void update_handicap_bonus();
  void update_handicap_bonus_if_open();
  float initial_white_bonus() const;
  void give_button_away();
  void set_final_score(float board_score);
  void settle_winner();
  void clear_result();

  void start_second_phase();

  static constexpr int kRing = 3;
  static constexpr std::size_t kKoFilterBits = 4096;
  Rules rules_;
  std::array<Board, kRing> boards_;
  std::size_t ring_ = 0;
  Board initial_board_;
  Player initial_player_ = Color::kBlack;
  int initial_phase_ = 0;
  std::vector<Move> moves_;
  std::vector<bool> prevent_flags_;
  Player next_ = Color::kBlack;
  // Ko keys since the last clearing. The bits (one per key, by its low bits) answer most superko
  // queries without a walk through the list.
  std::vector<Hash128> ko_history_;
  std::bitset<kKoFilterBits> ko_filter_;
  std::vector<Hash128> pass_keys_[2];  // black, white
  int consecutive_ending_passes_ = 0;
  int phase_ = 0;
  int turns_this_phase_ = 0, valid_turns_this_phase_ = 0, valid_turns_this_game_ = 0;
  PointSet ever_occupied_, superko_banned_, ko_recap_blocked_;
  std::vector<EncoreCapture> encore_ko_captures_;
  std::array<PointSet, 2> second_phase_stones_;  // black, white
  bool has_button_ = false;
  float white_bonus_ = 0, white_handicap_bonus_ = 0;
  bool is_past_normal_phase_end_ = false;
  bool is_finished_ = false, is_scored_ = false, is_no_result_ = false, is_resignation_ = false;
  Player winner_ = Color::kEmpty;
  float final_score_ = 0;
  bool white_has_played_ = false;  // a non-pass turn since the reset
  bool assume_handicap_from_moves_ = false;
  int override_handicap_ = -1;
  bool pass_alive_under_suicide_ = false;
};

}  // namespace hayago::search
