// What the engine says about a position, for people. Searches beside the game with the visits and
// the time of its moves.
#pragma once
#include <string>

#include "gtp/protocol/session.h"

namespace hayago::gtp {

// The best moves with winrate and lead of the player whose turn it is.
std::string hint_text(Session& session);

// Who leads and by how much, and the board with the owner of every point.
std::string score_text(Session& session, bool colours);

// The end by two passes, or by repetition.
struct PlayResult {
  std::string sgf;   // "B+3.5", "0", "Void"
  std::string text;  // sentences: who wins by how much under which rules, which stones are dead
};
PlayResult final_result(Session& session);

// "Black", "White"
std::string player_name(search::Player player);
// "Chinese rules, komi 7.5"
std::string rules_text(const search::Rules& rules);

}  // namespace hayago::gtp
