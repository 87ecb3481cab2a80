// Playouts: from the root to a leaf and back (spec/05 section 6). A playout pauses while its leaf
// is evaluated, so that one thread drives many of them.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "search/context/context.h"
#include "search/select/select.h"
#include "search/tree/tree.h"
#include "search/update/recompute.h"

namespace hayago::search {

// A playout on its way. Its virtual losses stand in the tree until it is finished or abandoned.
struct Descent {
  struct Step {
    Node* node;  // the parent
    Edge* edge;
    bool count_edge;
    bool entered;                // the child carries a virtual loss of this descent
    bool visit_counted = false;  // the edge has this visit already
  };
  std::vector<Step> path;
  Node* leaf = nullptr;  // while it pauses
  bool counts = true;    // false: it made a forced extra visit
  bool shift_by_center = false;
  EvaluationRef human;           // of the leaf, if wanted
  std::unique_ptr<EvalJob> job;  // of the leaf
};

// State of one search thread; kept between searches.
struct PlayoutThread {
  std::unique_ptr<EvalThread> eval, human_eval;  // human_eval: null without a human network
  SelectScratch select;
  UpdateScratch update;
  GameState state;
  std::vector<std::unique_ptr<Descent>> descents;  // all of them, busy or not
};

enum class Progress {
  kDone,        // counted
  kNotCounted,  // it made a forced extra visit, or lost a race against another thread
  kEvaluating,  // the leaf's position is in the job, to be run
  kParked,      // another descent evaluates the leaf: resume when that has happened
};

// What all steps of all playouts of a thread need.
struct PlayoutEnvironment {
  const SearchContext& c;
  Tree& tree;
  PlayoutThread& thread;
};

// All of them throw what the evaluator throws; the descent is then abandoned and the tree
// consistent. visits_left: upper bound of the playouts that this search can still do.
Progress start_playout(const PlayoutEnvironment& env, Descent& descent, double visits_left);
// Whether a parked descent has something to do.
bool can_resume(const Descent& descent);
Progress resume_playout(const PlayoutEnvironment& env, Descent& descent, double visits_left);
// After kEvaluating, with the finished job.
Progress complete_playout(const PlayoutEnvironment& env, Descent& descent);
// Takes a pausing descent back as if it had not been; `evaluating`: kEvaluating, else kParked.
void abandon_playout(const PlayoutEnvironment& env, Descent& descent, bool evaluating);

}  // namespace hayago::search
