// What to ask the evaluator about a position outside any search.
#pragma once
#include "search/eval/evaluator.h"
#include "search/params.h"

namespace hayago::search {

// Ownership wanted, the cache passed by; without a human profile.
Evaluator::Request raw_request(const SearchParams& params, const GameState& state, int symmetry,
                               double policy_optimism);

}  // namespace hayago::search
