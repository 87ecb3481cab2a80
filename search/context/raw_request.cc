#include "search/context/raw_request.h"

namespace hayago::search {

Evaluator::Request raw_request(const SearchParams& params, const GameState& state, int symmetry,
                               double policy_optimism) {
  Evaluator::Request request;
  request.state = &state;
  NnInputParams& p = request.params;
  p.draw_equivalent_wins_for_white = params.draw_equivalent_wins_for_white;
  p.playout_doubling_advantage = params.playout_doubling_advantage;
  if (params.playout_doubling_advantage_pla == opponent(state.next_player())) {
    p.playout_doubling_advantage = -p.playout_doubling_advantage;
  }
  p.policy_optimism = static_cast<float>(policy_optimism);
  p.symmetry = symmetry;
  request.want_ownership = true;
  request.skip_cache = true;
  return request;
}

}  // namespace hayago::search
