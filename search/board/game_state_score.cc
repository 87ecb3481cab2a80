// Komi, handicap and scoring (spec/03 sections 4.7, 5, 9.6, 12 and 13).
#include <cmath>

#include "search/board/game_state.h"

namespace hayago::search {
namespace {

// White minus black points of a map.
int count_points(const Board& board, const AreaMap& map) {
  int score = 0;
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      const Color c = map[static_cast<std::size_t>(board.loc(x, y))];
      score += (c == Color::kWhite) - (c == Color::kBlack);
    }
  }
  return score;
}

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

int GameState::board_score(AreaMap& map) const {
  const Board& b = board();
  const bool area = rules_.scoring == ScoringRule::kArea;
  if (area && rules_.tax == TaxRule::kNone) {
    calculate_area(b, {true, true, true, area_suicide_flag()}, map);
    return count_points(b, map);
  }
  IndependentLife life;
  const bool keep_territories = !area && rules_.tax == TaxRule::kNone;
  calculate_independent_life(b, keep_territories, area, area_suicide_flag(), life);
  map = life.map;
  if (!area) {
    for (int y = 0; y < b.y_size(); y++) {
      for (int x = 0; x < b.x_size(); x++) {
        const Loc l = b.loc(x, y);
        if (map[index(l)] != Color::kEmpty) continue;
        if (phase_ < 2 || second_phase_start(l) == b.at(l)) map[index(l)] = b.at(l);
      }
    }
  }
  const int tax = rules_.tax == TaxRule::kAll ? 2 * life.life_count : 0;
  return count_points(b, map) - tax;
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
  AreaMap map;
  set_final_score(static_cast<float>(board_score(map)));
}

bool GameState::end_if_all_pass_alive() {
  const Board& b = board();
  AreaMap map;
  calculate_area(b, {false, false, false, area_suicide_flag()}, map);
  for (int y = 0; y < b.y_size(); y++) {
    for (int x = 0; x < b.x_size(); x++) {
      if (map[index(b.loc(x, y))] == Color::kEmpty) return false;
    }
  }
  if (rules_.tax == TaxRule::kAll) {
    end_and_score_now();
  } else {
    set_final_score(static_cast<float>(count_points(b, map)));
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
