// Transforms of the root policy (spec/05 section 5.6).
#pragma once
#include <random>
#include <vector>

#include "search/context/context.h"

namespace hayago::search {

// Value of a setting that moves from `early` to `late` during the game (section 5.6).
double interpolate_by_turn(const SearchContext& c, double early, double late);
// Temperature, then Dirichlet noise, where switched on; else the policy as it is.
std::vector<float> transform_root_policy(const SearchContext& c, const std::vector<float>& policy,
                                         std::mt19937_64& random);

}  // namespace hayago::search
