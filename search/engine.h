// The search engine as gtp/ sees it: position, parameters, search, results. One engine has one
// tree; several engines may share evaluators. Methods are called from one controlling thread,
// except stop(), which may be called from anywhere, and the callbacks, which run on a search
// thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/board/game_state.h"
#include "search/eval/evaluator.h"
#include "search/params.h"
#include "search/time_control.h"

namespace hayago::search {

class EvalCache;
class PatternTable;

// Values of one root move, White's view unless said otherwise (spec/05 section 19.1).
struct MoveReport {
  Loc move = kNullLoc;
  std::int64_t visits = 0, edge_visits = 0;
  double weight = 0, edge_weight = 0;
  double utility = 0, win_loss = 0, no_result = 0;
  double score_mean = 0, score_stdev = 0, lead = 0;
  double prior = 0;
  double human_prior = -1;  // < 0: no human output
  double lcb_utility = 0;   // self view of the root player, before conversion: utility - radius
  double lcb_radius = 0;
  double play_selection_value = 0;
  int order = 0;
  Loc symmetry_of = kNullLoc;  // kNullLoc: not a symmetric copy
  std::vector<Loc> pv;
  std::vector<std::int64_t> pv_visits, pv_edge_visits;
  std::vector<double> ownership, ownership_stdev;  // row-major board order; empty unless wanted
};

struct RootReport {
  Player to_move = Color::kBlack;
  std::int64_t visits = 0;
  double weight = 0;
  double win_loss = 0, no_result = 0, score_mean = 0, score_stdev = 0, lead = 0, utility = 0;
  NetOutputPtr raw;        // root network output, untransformed policy
  NetOutputPtr human_raw;  // of the human model, if any
  Hash128 this_hash, sym_hash;
};

struct ReportOptions {
  int min_moves = 0;   // kata-analyze minmoves: append unsearched moves by policy
  int pv_length = 15;  // moves after the first
  bool moves_ownership = false, moves_ownership_stdev = false;
  bool ownership = false, ownership_stdev = false;
  bool duplicate_for_symmetries = true;
  // true: cut a pv before a pass that ends the phase (JSON), false: after it (GTP). Only if cleanup
  // is prevented.
  bool cut_pv_before_phase_end = false;
};

struct SearchReport {
  RootReport root;
  std::vector<MoveReport> moves;                   // best first
  std::vector<double> ownership, ownership_stdev;  // row-major, White positive
};

// One node of the tree as a listing for people shows it. Values are White's, except lcb_utility.
struct BranchNode {
  Loc move = kNullLoc;  // kNullLoc: the root
  std::int64_t visits = 0, edge_visits = 0;
  bool has_values = false;
  double utility = 0, result_utility = 0, score_utility = 0, score_mean = 0, lead = 0;
  double lcb_utility = 0;  // of the player who makes the move
  double prior = 0, play_selection_value = 0;
  double weight = 0;    // that counts in the parent's averages
  std::vector<Loc> pv;  // from this move on
};
struct BranchReport {
  std::vector<BranchNode> path;  // the root, then the moves as far as the tree knows them
  bool complete = false;         // it knows all of them; only then:
  Player to_move = Color::kBlack;
  std::vector<BranchNode> children;  // best first
};

struct SearchLimits {
  double search_factor = 1.0;  // 1e40: no limit of visits, playouts and time until stopped
  bool pondering = false;
  TimeControl time_control;  // unlimited by default
};

// Where the threads of a search spent their time: seconds, summed over threads.
struct SearchTimes {
  double total = 0;
  EvalTimes eval;
  // Selecting, moving, expanding, backing up.
  double tree() const { return total - eval.features - eval.network - eval.waiting - eval.outputs; }
  SearchTimes& operator+=(const SearchTimes& other) {
    total += other.total;
    eval += other.eval;
    return *this;
  }
};

struct SearchStats {
  std::int64_t playouts = 0;  // new ones in the last search
  double seconds = 0;
  std::size_t tree_nodes = 0;
  std::size_t tree_bytes = 0;        // nodes, edges, tables
  std::size_t evaluation_bytes = 0;  // all results of the evaluator: in trees, in its cache
  int prunings = 0;                  // how often maxTreeMemoryMB cost the tree its weakest parts
  int threads = 0;                   // of the operating system
  SearchTimes times;
};

// Depth-limited bans of moves per player (spec/05 section 19.9); indexed by Loc; empty = none.
struct AvoidLists {
  std::vector<int> black, white;
};

class Engine {
 public:
  // human may be null. Evaluators outlive the engine. on_log receives lines for the log.
  Engine(const SearchParams& params, Evaluator* main, Evaluator* human, std::string rand_seed,
         std::function<void(const std::string&)> on_log = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // --- position. Setting anything drops the tree unless the search can keep it (spec/05 s. 20).
  const GameState& state() const;
  void set_position(const GameState& state, int initial_turn_number = 0);
  // False if tolerantly illegal. Out-of-turn moves restart the history (spec/03 section 14).
  bool make_move(Loc move, Player player, bool prevent_phase);
  // Makes the player to move, restarting the history if it is not the expected one.
  void set_player_to_move(Player player);
  void set_komi(float komi);
  void clear_tree();

  // --- parameters. keep_tree only where the change cannot invalidate statistics.
  const SearchParams& params() const;
  void set_params(const SearchParams& params);
  void set_params_keep_tree(const SearchParams& params);
  void set_avoid_lists(const AvoidLists& lists);
  void set_always_include_ownership(bool include);
  void set_prevent_cleanup_phase(bool prevent);  // for pv truncation; default true
  // Patterns of other games to avoid or to favour; null: none.
  void set_patterns(std::shared_ptr<const PatternTable> patterns);
  // Where useEvalCache remembers; engines may share one. Without a call the engine has its own.
  void set_eval_cache(std::shared_ptr<EvalCache> cache);

  // --- searching
  // Runs until a limit or stop(). Afterwards results refer to the tree.
  void search(const SearchLimits& limits);
  // The same in the background. on_report is called from a timer thread after first_seconds and
  // then every period_seconds (<= 0: never) once the root has values; on_done once at the end.
  void start(const SearchLimits& limits, double first_seconds = 0, double period_seconds = 0,
             std::function<void()> on_report = {}, std::function<void()> on_done = {});
  // Until the search has ended by itself or by stop(). Throws what ended the search, if it failed.
  void wait();
  void stop();           // asks; returns at once
  void stop_and_wait();  // returns when no search is running (on_done has returned)
  bool is_searching() const;

  // --- results
  // Move by spec/05 section 18 with temperature; kNullLoc if there is none.
  Loc choose_move();
  // False if the root has no value yet. Safe during a search.
  bool report(const ReportOptions& options, SearchReport& out) const;
  // The nodes along `moves` and below the last one. False if the root has no value yet.
  bool branch(const std::vector<Loc>& moves, int pv_length, BranchReport& out) const;
  // Plain averages of the root node (spec/05 section 2: wl, nr, sm, s2, ld, u; not the pruned
  // values of a report), as playing decisions use them (spec/06 sections 6 step 8, 11.2 and 12.3).
  // Fills the value fields, visits, weight and to_move of `out`; false if the root has no value
  // yet.
  bool root_averages(RootReport& out) const;
  SearchStats stats() const;
  // Root safe area (pass-alive of both colours) of the current position.
  void root_safe_area(AreaMap& out) const;

  // Raw evaluation of the current position outside the tree.
  NetOutputPtr evaluate_raw(int symmetry, double policy_optimism, bool use_human = false);
  Evaluator* evaluator() const;
  Evaluator* human_evaluator() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::search
