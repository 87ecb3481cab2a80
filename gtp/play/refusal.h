// Why a move is refused, for people.
#pragma once
#include <string>

#include "search/board/game_state.h"

namespace hayago::gtp {

// "" for a legal move of the player whose turn it is, else a sentence.
std::string why_illegal(const search::GameState& state, search::Loc move);

}  // namespace hayago::gtp
