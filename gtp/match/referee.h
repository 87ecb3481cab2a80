// The referee: plays one game between two players.
#pragma once
#include <array>
#include <functional>
#include <optional>

#include "gtp/match/contestant.h"
#include "gtp/match/options.h"
#include "gtp/match/record.h"

namespace hayago::gtp {

// Before every move; false: the game is of no interest any more.
using GoOn = std::function<bool()>;

// players: A and B; colours follow from start.number (see MatchGame). nullopt if go_on ended it.
// Throws what a player throws, except ContestantFailure, which loses the game.
std::optional<MatchGame> play_match_game(const MatchOptions& options, const GameStart& start,
                                         const std::array<Contestant*, 2>& players,
                                         const GoOn& go_on);

}  // namespace hayago::gtp
