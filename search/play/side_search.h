// Searches beside the game: scoring, life and death, friendly passes. They run in an engine of
// their own, so that the caller's position and parameters stay untouched. (The reference does
// them in the playing engine and loses its tree by that; a caller that wants the same numbers
// afterwards clears its tree.)
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "search/engine.h"

namespace hayago::search {

struct SideSearch {
  SearchParams params;  // of genmove-type commands
  Evaluator* evaluator = nullptr;
  Evaluator* human_evaluator = nullptr;  // may be null
  std::string seed;
  int initial_turn_number = 0;
  // There is no time for more; only adjustments of a move that can be left out heed it.
  std::int64_t affordable_visits = std::numeric_limits<std::int64_t>::max();
};

// Plain averages of a finished search's root, White's view.
struct RootValues {
  double win_loss = 0, score_mean = 0, lead = 0, utility = 0;
};

// spec/06 section 11.2 "noiseless parameters", limited to `visits`.
SearchParams noiseless_params(const SearchParams& params, std::int64_t visits);
// What final_score, final_status_list and lead estimates change first (spec/06 section 12).
SearchParams scoring_params(const SearchParams& params);

// Searches with exactly these parameters from an empty tree. Throws std::runtime_error if the
// search yields no value, and what the evaluator throws.
RootValues search_values(const SideSearch& side, const SearchParams& params,
                         const GameState& state);
// Average tree ownership (spec/05 section 19.6), row-major board order, White positive.
std::vector<double> search_ownership(const SideSearch& side, const SearchParams& params,
                                     const GameState& state);

}  // namespace hayago::search
