// Which paths share a node (spec/05 section 11).
#pragma once
#include "search/board/game_state.h"

namespace hayago::search {

// Key of a state that was reached by `last` from a state with key `previous`. With kNullLoc there
// is no last move and `previous` does not matter.
Hash128 next_graph_key(const Hash128& previous, const GameState& state, Loc last, int rep_bound,
                       double draw_equivalent_wins_for_white);
// Key of a position: replays its whole game.
Hash128 graph_key_of_game(const GameState& state, int rep_bound,
                          double draw_equivalent_wins_for_white);
// Separate keys for nodes that go on although the rules say that the game is over.
Hash128 non_terminal_variant(const Hash128& key);

// True if the chain of the stone just played, plus the empty regions it touches, is so large that
// no repetition can undo the move (spec/03 section 15.1).
bool ends_repetition_danger(const Board& board, Loc last, int bound);

}  // namespace hayago::search
