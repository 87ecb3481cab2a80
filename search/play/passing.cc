#include "search/play/passing.h"

#include <algorithm>

#include "search/play/scoring.h"

namespace hayago::search {
namespace {

bool cleanup_active(const PassSettings& settings, const Rules& rules) {
  if (settings.friendly_pass == Enabled::kTrue) return false;
  if (settings.cleanup_before_pass != Enabled::kAuto) {
    return settings.cleanup_before_pass == Enabled::kTrue;
  }
  return rules.scoring == ScoringRule::kArea && !rules.friendly_pass_ok;
}

bool friendly_active(const PassSettings& settings, const Rules& rules) {
  if (settings.cleanup_before_pass == Enabled::kTrue) return false;
  if (settings.friendly_pass != Enabled::kAuto) return settings.friendly_pass == Enabled::kTrue;
  return rules.scoring == ScoringRule::kArea && rules.friendly_pass_ok;
}

bool opponent_just_passed(const GameState& state, Player player) {
  return !state.moves().empty() && state.moves().back() == Move{kPassLoc, opponent(player)};
}

bool friendly_pass_applies(const GameState& state, Player player, Loc move) {
  return move != kPassLoc && move != kNullLoc && state.rules().scoring == ScoringRule::kArea &&
         state.is_final_phase() && !state.has_button() && opponent_just_passed(state, player) &&
         state.pass_would_end_phase(player);
}

// The board after both players have taken the dead stones off.
Board without_dead_stones(const Board& board, const StoneStatus& status) {
  Board cleaned = board;
  for (const Loc l : status.dead) cleaned.set_stone(l, Color::kEmpty);
  return cleaned;
}

// What the search expects to be owned is also what counting the cleaned board gives.
bool count_agrees(const GameState& state, const Board& cleaned,
                  const std::vector<double>& ownership) {
  AreaMap area;
  calculate_area(cleaned,
                 {.non_pass_alive_stones = true,
                  .safe_big_territories = true,
                  .unsafe_big_territories = true,
                  .suicide_legal = state.area_suicide_flag()},
                 area);
  for (int y = 0; y < cleaned.y_size(); ++y) {
    for (int x = 0; x < cleaned.x_size(); ++x) {
      const double owner = ownership[static_cast<std::size_t>(y * cleaned.x_size() + x)];
      const Color counted = area[static_cast<std::size_t>(cleaned.loc(x, y))];
      if (owner > 0.75 && counted != Color::kWhite) return false;
      if (owner < -0.75 && counted != Color::kBlack) return false;
    }
  }
  return true;
}

RootValues values_after(const SideSearch& side, const SearchParams& params, const GameState& state,
                        Player player, Loc move) {
  GameState next = state;
  next.make_move(move, player);
  return search_values(side, params, next);
}

}  // namespace

Loc cleanup_before_pass(const PassSettings& settings, const GameState& state, Player player,
                        Loc move, const AreaMap& safe_area) {
  if (move != kPassLoc || !cleanup_active(settings, state.rules()) || !state.is_final_phase() ||
      state.has_button()) {
    return move;
  }
  const Board& board = state.board();
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      if (board.at(l) == Color::kEmpty && safe_area[static_cast<std::size_t>(l)] == player &&
          board.is_adjacent_to(l, opponent(player)) && state.is_legal(l, player)) {
        return l;
      }
    }
  }
  return move;
}

Loc friendly_pass(const PassSettings& settings, const SideSearch& side, const GameState& state,
                  Player player, Loc move) {
  if (!friendly_active(settings, state.rules()) || !friendly_pass_applies(state, player, move)) {
    return move;
  }
  const std::int64_t limit = std::min(side.params.max_visits, side.params.max_playouts);
  const std::int64_t visits = 8 + std::min<std::int64_t>(1000, limit / 10);
  // Three searches. With few visits they err too often, and playing on costs nothing.
  constexpr int kSearches = 3, kFewVisits = 32;
  const std::int64_t affordable = side.affordable_visits / kSearches;
  if (affordable < std::min<std::int64_t>(visits, kFewVisits)) return move;
  SearchParams params = noiseless_params(side.params, std::min(visits, affordable));
  params.playout_doubling_advantage = 0;
  params.conservative_pass = true;

  const std::vector<double> ownership = search_ownership(side, params, state);
  const Board cleaned =
      without_dead_stones(state.board(), status_from_ownership(state.board(), ownership));
  if (!count_agrees(state, cleaned, ownership)) return move;
  const Player other = opponent(player);
  if (cleaned.is_adjacent_to(move, other) || cleaned.would_be_capture(move, other)) return move;

  const RootValues pass = values_after(side, params, state, player, kPassLoc);
  const RootValues played = values_after(side, params, state, player, move);
  const double sign = sign_for_white(player);
  const bool as_good = sign * pass.utility > sign * played.utility - 0.1 &&
                       sign * pass.score_mean > sign * played.score_mean - 0.25 &&
                       sign * pass.lead > sign * played.lead - 0.25;
  return as_good ? kPassLoc : move;
}

Loc adjust_passing(const PassSettings& settings, const SideSearch& side, const GameState& state,
                   Player player, Loc move, const AreaMap& safe_area) {
  const Loc after_friendly = friendly_pass(settings, side, state, player, move);
  return cleanup_before_pass(settings, state, player, after_friendly, safe_area);
}

}  // namespace hayago::search
