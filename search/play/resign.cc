#include "search/play/resign.h"

#include <algorithm>
#include <cmath>

namespace hayago::search {
namespace {

// From which turn on, and from which lead downwards, White may give up (spec/06 section 7 step 1).
struct Floor {
  int min_turn = 0;
  double white_lead;
};

Floor resignation_floor(const ResignSettings& settings, const GameState& state, Player player) {
  const double area = state.board().area();
  const double advantage = initial_black_advantage(state);
  const double turns = static_cast<double>(state.moves().size());
  Floor floor{.min_turn = 0, .white_lead = area};
  if (advantage > 0.9 && player == Color::kWhite) {
    // White starts behind and is expected to catch up bit by bit during the game.
    floor.min_turn = 1 + static_cast<int>(area / 5);
    const double catch_up = std::max(1.0, 0.60 * area - floor.min_turn);
    const double spent = std::clamp(turns - floor.min_turn, 0.0, catch_up);
    floor.white_lead = -advantage * (catch_up - spent) / catch_up - 5.0 - 0.15 * advantage;
  }
  floor.min_turn =
      std::max(floor.min_turn, static_cast<int>(std::floor(settings.min_moves_per_area * area)));
  return floor;
}

}  // namespace

bool should_resign(const ResignSettings& settings, const GameState& state, Player player,
                   const PlayRecord& record) {
  if (!settings.allowed || record.empty()) return false;
  const Floor floor = resignation_floor(settings, state, player);
  if (static_cast<int>(state.moves().size()) < floor.min_turn) return false;
  const double lead = record.lead.back();
  if (player == Color::kWhite && lead > floor.white_lead) return false;

  const auto turns = static_cast<std::size_t>(settings.consecutive_turns);
  if (record.win_loss.size() < turns) return false;
  const double sign = sign_for_white(player);
  if (sign * lead > -settings.min_score_difference) return false;
  return std::all_of(record.win_loss.end() - static_cast<std::ptrdiff_t>(turns),
                     record.win_loss.end(),
                     [&](double white) { return sign * white < settings.threshold; });
}

}  // namespace hayago::search
