// What a search has found, for people and programs (spec/05 section 19).
#pragma once
#include "search/context/context.h"
#include "search/engine.h"
#include "search/root/choice.h"
#include "search/tree/node.h"

namespace hayago::search {

// False if the root has no value yet. Safe during a search.
bool make_report(const SearchContext& c, const Node& root, const ReportOptions& options,
                 SearchReport& out);
// Section 19.4, values only.
void root_values(const SearchContext& c, const Node& root, RootReport& out);
// Plain averages of the root.
void plain_root_values(const SearchContext& c, const Node& root, RootReport& out);

// Section 19.8; all -1 if there is nothing to compare.
struct Surprise {
  double surprise = -1, search_entropy = -1, policy_entropy = -1;
};
Surprise root_surprise(const SearchContext& c, const Node& root);

}  // namespace hayago::search
