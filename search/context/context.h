// What is fixed during one search: parameters, the root position and what follows from it. Built at
// the start of a search, then only read, by all its threads.
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "search/board/area.h"
#include "search/board/game_state.h"
#include "search/context/mirror.h"
#include "search/engine.h"
#include "search/eval/evaluator.h"
#include "search/features/metadata.h"
#include "search/memory/eval_cache.h"
#include "search/memory/pattern_bonus.h"
#include "search/params.h"
#include "search/tree/node_extras.h"

namespace hayago::search {

struct SearchContext {
  SearchParams params;
  Evaluator* net = nullptr;
  Evaluator* human_net = nullptr;             // null: none, or it lacks the profile it needs
  std::optional<HumanProfile> human_profile;  // of humanSLProfile

  // --- the position
  GameState root_state;
  Player root_player = Color::kBlack;
  Player searched_for = Color::kBlack;  // the player the search is for (section 3.1)
  int turn_number = 0;
  Hash128 root_key;
  AreaMap safe_area{};
  AvoidLists avoid;
  bool include_ownership = false;
  bool prevent_cleanup_phase = true;

  // --- policy positions: row-major in the network's buffer, pass last
  int policy_size = 0;
  std::vector<Loc> loc_of_pos;  // kNullLoc off the board
  std::array<std::int16_t, kLocCount> pos_of_loc{};

  // --- values
  double utility_radius = 1;
  double root_area = 19;  // edge of a square board, else the root of the number of points
  double score_center = 0;
  bool use_uncertainty = false;  // wanted, and the network has short-term errors

  MirrorInfo mirror;

  // --- what belongs to single nodes (update/adjust.h); null while unused
  const NodeExtras* extras = nullptr;
  std::shared_ptr<const PatternTable> foreign_patterns;  // of other games
  PatternTable own_patterns;                             // of this game
  std::shared_ptr<EvalCache> eval_cache;
  Hash128 params_key;
  EvalCacheEntryPtr root_remembered;

  // --- root only
  NetOutputPtr root_output, root_human_output;
  std::vector<float> root_policy;                // transformed (section 5.6)
  std::bitset<kLocCount> root_banned;            // symmetric duplicates and useless moves
  std::vector<int> root_symmetries{0};           // valid ones, the identity first
  std::array<double, kLocCount> ending_bonus{};  // points, White's view (section 17.1)

  int pos(Loc l) const { return pos_of_loc[static_cast<std::size_t>(l)]; }
  float root_prior(Loc l) const { return root_policy[static_cast<std::size_t>(pos(l))]; }
  const std::vector<int>& avoid_list(Player player) const {
    return player == Color::kBlack ? avoid.black : avoid.white;
  }
  // Section 19.9: may not be created `depth` plies below the root.
  bool avoided(Player player, Loc l, int depth) const {
    const std::vector<int>& list = avoid_list(player);
    return !list.empty() && list[static_cast<std::size_t>(l)] > depth;
  }
  bool allowed_at_root(Loc l) const {
    return !root_banned.test(static_cast<std::size_t>(l)) && !avoided(root_player, l, 0);
  }
  int depth(const GameState& state) const {
    return static_cast<int>(state.moves().size() - root_state.moves().size());
  }
};

// Fills what follows from parameters, state and evaluator (all but root_key and "root only").
void prepare_context(SearchContext& context);
// Evaluation parameters of a node (section 5.1).
NnInputParams eval_params(const SearchContext& context, const GameState& state, bool is_root);
// Evaluates the main network for the root; `average`: as rootNumSymmetriesToSample says.
NetOutputPtr evaluate_root(const SearchContext& context, EvalThread& thread, bool average = true);
// root_output and root_human_output as the root node keeps them.
EvaluationRef root_evaluation(const SearchContext& context);
EvaluationRef root_human_evaluation(const SearchContext& context);
// What to ask the evaluator about a node that is evaluated in the course of the search.
Evaluator::Request leaf_request(const SearchContext& context, const GameState& state,
                                bool is_root = false);
// Section 14, "evaluation hack": whether the result of that request has to be shifted, and the
// shifted result.
bool evaluates_center(const SearchContext& context, const GameState& state);
EvaluationRef shift_by_center(const SearchContext& context, const Evaluation& evaluation);
// Null if there is no usable human network.
NetOutputPtr evaluate_human(const SearchContext& context, EvalThread* thread,
                            const GameState& state, bool is_root);

}  // namespace hayago::search
