// final_score and final_status_list (spec/06 section 12).
#pragma once
#include <functional>
#include <vector>

#include "search/play/side_search.h"

namespace hayago::search {

// True if the result on the board is the result: the game is over and the rules leave no dead
// stones to agree about.
bool result_is_exact(const GameState& state);

// White minus Black; 0 for a draw or a game without result. Exact if result_is_exact(), else
// estimated with max(50, 10*threads) visits and rounded to a possible result. Text:
// score_to_string().
double final_score(const SideSearch& side, const GameState& state);
// The result nearest to an estimated lead (White's view) that a game can have: a small network may
// believe in more points than an area scored board has.
double possible_score(const GameState& state, double lead);
// "0", "B+3.5", "W+12.0".
std::string score_to_string(double white_minus_black);

struct StoneStatus {
  std::vector<Loc> alive, dead;  // every stone of the board is in one of them; row order
};
// Exact if result_is_exact(), else by the ownership of a search with max(100, 20*threads) visits.
StoneStatus final_status(const SideSearch& side, const GameState& state);
// The rule that turns ownership into life and death: a chain lives iff the mean of its own-colour
// ownership is > 0.2 and the minimum > -0.6. `ownership` in row-major board order.
StoneStatus status_from_ownership(const Board& board, const std::vector<double>& ownership);

// Lead by komi search (section 12.3), White's view.
double lead_by_komi_search(const SideSearch& side, const GameState& state, std::int64_t visits);
// The same for any evaluation E(k); komi values handed over are already rounded and clipped.
struct KomiValue {
  double lead = 0, win_loss = 0;  // White's view
};
double lead_by_komi_search(const Rules& rules, int area,
                           const std::function<KomiValue(double komi)>& evaluate);

}  // namespace hayago::search
