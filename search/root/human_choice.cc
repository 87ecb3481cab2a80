#include "search/root/human_choice.h"

#include <algorithm>
#include <cmath>

namespace hayago::search {
namespace {

// Of a bend so strong that only the best moves remain.
constexpr double kLeastLambda = 1e-10;

void add_missing_moves(const SearchContext& c, const Evaluation& human, PlayValues& values) {
  for (int pos = 0; pos < c.policy_size; ++pos) {
    const Loc move = c.loc_of_pos[static_cast<std::size_t>(pos)];
    if (move == kNullLoc || human.prior(pos) < 0) continue;
    if (!c.allowed_at_root(move) || !c.root_state.is_legal(move, c.root_player)) continue;
    if (std::find(values.moves.begin(), values.moves.end(), move) != values.moves.end()) continue;
    values.moves.push_back(move);
    values.values.push_back(0);
  }
}

// Of each move for the root player; moves that were not searched get the mean of the others.
std::vector<double> move_utilities(const SearchContext& c, const PlayValues& values) {
  const double sign = sign_for_white(c.root_player);
  std::vector<double> utilities(values.moves.size(), 0.0);
  std::vector<bool> searched(values.moves.size(), false);
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < values.edges.size(); ++i) {
    if (values.edges[i].stats.visits <= 0) continue;
    searched[i] = true;
    utilities[i] = sign * values.edges[i].stats.utility;
    sum += utilities[i];
    ++count;
  }
  for (std::size_t i = 0; i < utilities.size(); ++i) {
    if (!searched[i] && count > 0) utilities[i] = sum / count;
  }
  return utilities;
}

// Leaves pass the share that its value has (section 22 step 4).
void leave_pass_alone(const std::vector<Loc>& moves, const std::vector<double>& values,
                      std::vector<double>& policy) {
  double sum = 0, sum_of_others = 0, mass_of_others = 0;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    sum += values[i];
    if (moves[i] == kPassLoc) continue;
    sum_of_others += values[i];
    mass_of_others += policy[i];
  }
  if (mass_of_others <= 0) return;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    policy[i] = moves[i] == kPassLoc ? (sum - sum_of_others) / sum
                                     : policy[i] / mass_of_others * sum_of_others / sum;
  }
}

}  // namespace

void blend_policy(const SearchParams& params, const std::vector<Loc>& moves,
                  const std::vector<double>& policy, const std::vector<double>& utilities,
                  std::vector<double>& values) {
  const double lambda = std::max(kLeastLambda, params.human_sl_chosen_move_pikl_lambda);
  const double best = *std::max_element(utilities.begin(), utilities.end());
  std::vector<double> target;
  double mass = 0, total = 0;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    target.push_back(policy[i] < 0 ? 0.0 : policy[i] * std::exp((utilities[i] - best) / lambda));
    mass += target.back();
    total += values[i];
  }
  if (!(mass > 0) || !(total > 0)) return;
  for (double& p : target) p /= mass;
  if (params.human_sl_chosen_move_ignore_pass) leave_pass_alone(moves, values, target);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    values[i] += params.human_sl_chosen_move_prop * (total * target[i] - values[i]);
  }
}

void blend_human_policy(const SearchContext& c, const Node& node, bool add_moves,
                        bool pass_suppressed, PlayValues& values) {
  const Evaluation* human = node.human_output();
  if (human == nullptr || c.params.human_sl_chosen_move_prop <= 0) return;
  if (add_moves) add_missing_moves(c, *human, values);
  std::vector<double> policy;
  for (const Loc move : values.moves) {
    const bool barred = move == kPassLoc && pass_suppressed;
    policy.push_back(barred ? -1.0 : human->prior(c.pos(move)));
  }
  blend_policy(c.params, values.moves, policy, move_utilities(c, values), values.values);
}

}  // namespace hayago::search
