// One playout: from the root to a leaf and back (spec/05 section 6).
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "search/context/context.h"
#include "search/select/select.h"
#include "search/tree/tree.h"
#include "search/update/recompute.h"

namespace hayago::search {

// State of one search thread; kept between searches.
struct PlayoutThread {
  std::unique_ptr<EvalThread> eval, human_eval;  // human_eval: null without a human network
  SelectScratch select;
  UpdateScratch update;
  GameState state;

  struct Step {
    Node* node;  // the parent
    Edge* edge;
    bool count_edge;
    bool entered;  // the child carries a virtual loss of this thread
  };
  std::vector<Step> path;
};

// Does one playout. False if it does not count: it made a forced extra visit, or lost a race
// against another thread. Throws what the evaluator throws; the tree stays consistent.
bool run_playout(const SearchContext& c, Tree& tree, PlayoutThread& thread, double visits_left);

}  // namespace hayago::search
