// How hard to search and from whose point of view, depending on how the game stands: search factor
// (spec/06 section 5), dynamic playout doubling advantage (section 9), repeated patterns (section 6
// step 3).
#pragma once
#include <optional>

#include "search/play/record.h"

namespace hayago::search {

struct SearchFactorSettings {
  double when_winning = 1.0;            // searchFactorWhenWinning, 0.01 .. 1
  double when_winning_threshold = 1.0;  // searchFactorWhenWinningThreshold, 0 .. 1
};
// Factor for SearchLimits::search_factor, `player` to move. The factors after passes are the
// search's own business (spec/05 section 3.2) and not included.
double winning_search_factor(const SearchFactorSettings& settings, double win_loss_utility_factor,
                             Player player, const PlayRecord& record);

// |initial_black_advantage| from which a game counts as a handicap game, in points.
double handicap_threshold(int area);

// The playout doubling advantage wanted for White after this update; `current` is the value before
// (0 at the start of a game). Call at each genmove-type command and when a position is set.
double updated_dynamic_pda(double current, double cap_per_opp_lead, const GameState& state,
                           const PlayRecord& record);

// avoidRepeatedPatternUtility of a genmove-type command: `configured` is the key's value, if given.
// `analyze` = the command is one of the *_analyze ones.
double repeated_pattern_utility(std::optional<double> configured, bool analyze,
                                const GameState& state, Player player);

}  // namespace hayago::search
