#include "search/play/strength.h"

#include <algorithm>
#include <cmath>

namespace hayago::search {
namespace {

constexpr double kMaxDynamicPda = 2.75;
constexpr double kPdaStep = 0.125;
constexpr double kHandicapPatternUtility = 0.005;
constexpr std::size_t kTurnsOfAdvantage = 3;

// Points weigh more on a small board.
double points_scale(int area) { return std::pow(361.0 / area, 0.75); }

}  // namespace

double winning_search_factor(const SearchFactorSettings& settings, double win_loss_utility_factor,
                             Player player, const PlayRecord& record) {
  const double span = win_loss_utility_factor - settings.when_winning_threshold;
  const auto& values = record.win_loss;
  if (values.size() < kTurnsOfAdvantage || span <= 1e-10) return 1.0;
  double worst = win_loss_utility_factor;
  for (std::size_t i = values.size() - kTurnsOfAdvantage; i < values.size(); ++i) {
    worst = std::min(worst, sign_for_white(player) * values[i]);
  }
  if (worst <= settings.when_winning_threshold) return 1.0;
  const double progress = (worst - settings.when_winning_threshold) / span;
  return 1.0 + progress * (settings.when_winning - 1.0);
}

double handicap_threshold(int area) { return std::max(4.0 / points_scale(area), 2.0); }

double updated_dynamic_pda(double current, double cap_per_opp_lead, const GameState& state,
                           const PlayRecord& record) {
  const Board& board = state.board();
  if (cap_per_opp_lead <= 0 || board.x_size() <= 7 || board.y_size() <= 7) return 0;
  const double advantage = initial_black_advantage(state);
  const double threshold = handicap_threshold(board.area());
  if (std::abs(advantage) < threshold) return 0;

  // From here on in the view of the side that is behind by the set-up.
  const double sign = advantage >= 0 ? 1.0 : -1.0;
  const double raw =
      cap_per_opp_lead * (std::abs(advantage) - threshold) * points_scale(board.area());
  const double cap = std::round(std::min(kMaxDynamicPda, raw) / kPdaStep) * kPdaStep;
  if (record.empty() || board.stones_of(Color::kWhite) == 0) return sign * cap;
  const double win_loss = sign * record.win_loss.back();
  double wanted = sign * current;
  if (win_loss < -0.9) wanted += kPdaStep;
  if (win_loss > -0.5) wanted -= kPdaStep;
  return sign * std::clamp(wanted, 0.0, cap);
}

double repeated_pattern_utility(std::optional<double> configured, bool analyze,
                                const GameState& state, Player player) {
  if (analyze) return configured.value_or(0.0);
  const double opponent_advantage =
      player == Color::kWhite ? initial_black_advantage(state) : -initial_black_advantage(state);
  const bool handicap = opponent_advantage > handicap_threshold(state.board().area());
  return configured.value_or(handicap ? kHandicapPatternUtility : 0.0);
}

}  // namespace hayago::search
