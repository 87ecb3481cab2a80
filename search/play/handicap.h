// Handicap placements (spec/06 section 10, spec/03 section 14).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "search/board/game_state.h"
#include "search/eval/evaluator.h"

namespace hayago::search {

// The stones of `fixed_handicap n` in row order (top row first, left to right), or what is wrong.
Parsed<std::vector<Loc>> fixed_handicap_points(int x_size, int y_size, int stones);

// Largest number `place_free_handicap` places; larger wishes are silently reduced to it.
int max_free_handicap(int x_size, int y_size);

// `place_free_handicap n` on an empty board with the rules of `state`: stones drawn one after the
// other from the raw policy with temperature 0.25. Row order; deterministic given the seed and a
// deterministic evaluator. `stones` >= 0 is reduced to max_free_handicap. Throws
// nn::NonFiniteOutput.
std::vector<Loc> place_free_handicap(Evaluator& evaluator, const GameState& state, int stones,
                                     double draw_equivalent_wins_for_white, std::uint64_t seed);

// `set_free_handicap`: the position with White to move, or the reason why the stones are refused
// (a pass, a repeated point, a stone without liberties). Keeps the rules of `state`.
Parsed<Board> free_handicap_board(const Board& empty, const std::vector<Loc>& points);

}  // namespace hayago::search
