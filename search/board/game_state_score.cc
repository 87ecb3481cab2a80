// Komi, handicap and scoring (spec/03 sections 4.7, 5, 9.6, 12 and 13).
#include <cmath>

#include "search/board/game_state.h"

namespace hayago::search {
namespace {

int white_minus_black(const AreaSets& area) { return area.white.count() - area.black.count(); }

}  // namespace

void GameState::set_komi(float komi) {
  const float change = komi - rules_.komi;
  rules_.komi = komi;
  if (!is_finished_ || !is_scored_) return;
  final_score_ += change;
  settle_winner();
}

void GameState::set_assume_handicap_from_moves(bool assume) {
  assume_handicap_from_moves_ = assume;
  update_handicap_bonus();
}

void GameState::set_override_handicap(int stones) {
  override_handicap_ = stones;
  update_handicap_bonus();
}

int GameState::num_handicap_stones() const {
  if (override_handicap_ >= 0) return override_handicap_;
  if (initial_board_.stones_of(Color::kWhite) > 0) return 0;
  int stones = initial_board_.stones_of(Color::kBlack);
  const std::size_t turns = assume_handicap_from_moves_ ? moves_.size() : 0;
  int from_moves = 0;
  for (std::size_t i = 0; i < turns; i++) {
    const Move& m = moves_[i];
    if (m.player == Color::kBlack) {
      from_moves += m.loc != kPassLoc;
      continue;
    }
    if (i + 1 < moves_.size() && moves_[i + 1].player == Color::kWhite) {
      from_moves = 0;
      break;
    }
    if (m.loc != kPassLoc) break;
  }
  stones += from_moves;
  return stones <= 1 ? 0 : stones;
}

void GameState::update_handicap_bonus() {
  const int stones =
      rules_.white_handicap_bonus == HandicapBonus::kZero ? 0 : num_handicap_stones();
  const int free_stones = rules_.white_handicap_bonus == HandicapBonus::kNMinusOne ? 1 : 0;
  white_handicap_bonus_ = static_cast<float>(std::max(stones - free_stones, 0));
}

// Section 13.3: black's turns count until white has made a non-pass turn.
void GameState::update_handicap_bonus_if_open() {
  if (rules_.white_handicap_bonus == HandicapBonus::kZero || white_has_played_) return;
  update_handicap_bonus();
}

bool GameState::result_is_integer() const {
  const bool integer_komi = std::floor(rules_.komi) == rules_.komi;
  return integer_komi != rules_.has_button;
}

float GameState::draw_adjust(double draw_equivalent_wins_for_white) const {
  return result_is_integer() ? static_cast<float>(draw_equivalent_wins_for_white - 0.5) : 0.0f;
}

float GameState::self_komi(Player p, double draw_equivalent_wins_for_white) const {
  const float white_komi = white_bonus_ + white_handicap_bonus_ + rules_.komi +
                           draw_adjust(draw_equivalent_wins_for_white);
  return p == Color::kWhite ? white_komi : -white_komi;
}

int GameState::board_score(AreaSets& area) const {
  const Board& b = board();
  const bool area_scoring = rules_.scoring == ScoringRule::kArea;
  if (area_scoring && rules_.tax == TaxRule::kNone) {
    area = calculate_area(b, {true, true, true, area_suicide_flag()});
    return white_minus_black(area);
  }
  const bool keep_territories = !area_scoring && rules_.tax == TaxRule::kNone;
  const IndependentLife life =
      calculate_independent_life(b, keep_territories, area_scoring, area_suicide_flag());
  area = life.area;
  if (!area_scoring) {
    const PointSet unmarked = b.points() - area.black - area.white;
    for (Player p : {Color::kBlack, Color::kWhite}) {
      const PointSet stones = unmarked & b.stones(p);
      area.of(p) |= phase_ < 2 ? stones : stones & second_phase_stones(p);
    }
  }
  const int tax = rules_.tax == TaxRule::kAll ? 2 * life.life_count : 0;
  return white_minus_black(area) - tax;
}

int GameState::board_score(AreaMap& map) const {
  AreaSets area;
  const int score = board_score(area);
  write_map(area, map);
  return score;
}

void GameState::give_button_away() {
  if (!has_button_) return;
  has_button_ = false;
  white_bonus_ += next_ == Color::kWhite ? 0.5f : -0.5f;
}

void GameState::settle_winner() {
  winner_ = final_score_ > 0 ? Color::kWhite : final_score_ < 0 ? Color::kBlack : Color::kEmpty;
}

void GameState::set_final_score(float board_score) {
  give_button_away();
  clear_result();
  is_past_normal_phase_end_ = false;
  is_finished_ = is_scored_ = true;
  final_score_ = board_score + white_bonus_ + white_handicap_bonus_ + rules_.komi;
  settle_winner();
}

void GameState::end_and_score_now() {
  AreaSets area;
  set_final_score(static_cast<float>(board_score(area)));
}

bool GameState::end_if_all_pass_alive() {
  const AreaSets area = calculate_area(board(), {.suicide_legal = area_suicide_flag()});
  if ((area.black | area.white) != board().points()) return false;
  if (rules_.tax == TaxRule::kAll) {
    end_and_score_now();
  } else {
    set_final_score(static_cast<float>(white_minus_black(area)));
  }
  return true;
}

void GameState::set_winner_by_resignation(Player winner) {
  clear_result();
  is_past_normal_phase_end_ = false;
  is_finished_ = is_resignation_ = true;
  winner_ = winner;
}

}  // namespace hayago::search
