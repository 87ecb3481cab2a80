#include "search/play/record.h"

namespace hayago::search {

void PlayRecord::add(double white_win_loss, double white_lead) {
  win_loss.push_back(white_win_loss);
  lead.push_back(white_lead);
}

void PlayRecord::clear() {
  win_loss.clear();
  lead.clear();
}

double initial_black_advantage(const GameState& state) {
  GameState copy = state;
  copy.set_assume_handicap_from_moves(true);
  const int stones = copy.num_handicap_stones();
  const Rules& rules = state.rules();
  const double komi = double{rules.komi};
  if (stones <= 1) return 7.0 - komi;
  // A move is worth twice the fair komi; under area scoring the stone itself counts, too.
  const double stone_value = rules.scoring == ScoringRule::kArea ? 15.0 : 14.0;
  double bonus = 0;
  if (rules.white_handicap_bonus == HandicapBonus::kN) bonus = stones;
  if (rules.white_handicap_bonus == HandicapBonus::kNMinusOne) bonus = stones - 1;
  return stone_value * (stones - 1) + 7.0 - komi - bonus;
}

}  // namespace hayago::search
