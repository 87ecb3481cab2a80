// The evaluator: positions in, network results out. Owns a network executor, the symmetry choice, a
// sharded result cache (spec/05 section 5.2) and, for executors that do not run inline, the batch
// queue. One evaluator serves any number of searches and threads; several may exist side by side.
//
// Roots and people get nn::NetOutput by evaluate(); leaves of a search go through begin(), run() or
// submit(), and finish(), many at once per thread, and get an Evaluation.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "search/board/game_state.h"
#include "search/eval/eval_job.h"
#include "search/eval/evaluation.h"
#include "search/features/features.h"

namespace hayago::search {

struct EvaluatorConfig {
  int nn_x = 19, nn_y = 19;          // buffer size
  bool require_exact_board = false;  // requireMaxBoardSize
  int max_batch = 16;                // nnMaxBatchSize
  // numNNServerThreadsPerModel; only for queued executors, which may want more (wanted_contexts).
  int server_threads = 1;
  int cache_size_power_of_two = 20;  // -1: no cache
  int mutex_pool_size_power_of_two = 16;
  std::size_t max_cache_bytes = 0;  // 0: only limited by the number of entries
  bool randomize = true;            // nnRandomize
  int forced_symmetry = -1;         // nnForcedSymmetry
  std::string rand_seed;            // nnRandSeed
  bool inline_execution = true;     // run in the caller's thread when the executor can
};

struct EvaluatorStats {
  std::uint64_t rows = 0, batches = 0, cache_hits = 0, cache_lookups = 0;
  double network_seconds = 0;  // summed over threads
};

// Raised when a network with a metadata input is asked without a profile (humanSLProfile).
class MissingProfile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Everything a thread needs to call evaluate(): buffers, executor context, random numbers. Made by
// Evaluator::make_thread and only good for that evaluator, which must outlive it.
class EvalWorker;
class EvalThread {
 public:
  explicit EvalThread(std::unique_ptr<EvalWorker> worker);
  ~EvalThread();
  EvalThread(const EvalThread&) = delete;
  EvalThread& operator=(const EvalThread&) = delete;

  // Since the thread was made.
  const EvalTimes& times() const;

 private:
  friend class Evaluator;
  std::unique_ptr<EvalWorker> worker_;
};

class Evaluator {
 public:
  Evaluator(std::shared_ptr<const nn::Executor> executor, const EvaluatorConfig& config);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  const nn::NetInfo& info() const;
  const nn::Executor& executor() const;
  const EvaluatorConfig& config() const;

  // Not thread-safe object, one per calling thread.
  std::unique_ptr<EvalThread> make_thread(std::uint64_t seed) const;

  struct Request {
    const GameState* state = nullptr;
    NnInputParams params;
    bool want_ownership = false;
    bool skip_cache = false;        // neither read (but still write, spec/05 section 6 step 4)
    int symmetries_to_average = 1;  // > 1: distinct random symmetries, cache not read
  };
  // Blocks until the result is there. Throws nn::NonFiniteOutput, MissingProfile, or
  // std::invalid_argument for a board that does not fit the buffers; the evaluator stays usable.
  NetOutputPtr evaluate(EvalThread& thread, const Request& request);
  // The same for a leaf.
  EvaluationRef evaluate_leaf(EvalThread& thread, const Request& request);

  // --- many leaves of one thread at once. request.symmetries_to_average is 1.
  std::unique_ptr<EvalJob> make_job() const;
  // True if the result was known: the job is finished. Otherwise the position is in its buffers
  // (the state may change now), to be run. Throws as evaluate() does.
  bool begin(EvalThread& thread, const Request& request, EvalJob& job);
  // Whether jobs run in this thread (run) or elsewhere (submit).
  bool runs_inline() const;
  // Most jobs that one run() takes.
  int max_inline_batch() const;
  void run(EvalThread& thread, std::span<EvalJob* const> jobs);
  void submit(EvalThread& thread, std::span<EvalJob* const> jobs);
  // Jobs that have come back, to be finished; waits up to `seconds` for one if there is none.
  void collect(EvalThread& thread, double seconds, std::vector<EvalJob*>& out);
  // Post-processes a job that has been run: sets its result or its error.
  void finish(EvalThread& thread, EvalJob& job);

  void clear_cache();
  // Drops cached results until at most this many bytes are left.
  void shrink_cache(std::size_t max_bytes);
  // Of everything the cache holds.
  std::size_t cache_bytes() const;
  // Of the cache without its results, which are in the account.
  std::size_t cache_overhead_bytes() const;
  // Everything in the account: results in the cache, in trees or both, and the trees themselves.
  std::size_t account_bytes() const { return account().bytes(); }
  MemoryAccount& account() const;
  EvaluatorStats stats() const;
  void reset_stats();

  // Resolution of alwaysComputePassAliveUnderSuicideRules = auto (spec/03 section 11.6).
  bool prefers_pass_alive_under_suicide() const { return info().prefer_pass_alive; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The equivalence of spec/05 section 5.2 as a key.
Hash128 nn_cache_key(const GameState& state, const NnInputParams& params);
// First sentence of spec/03 section 15.1's key list: what node keys and cache keys share.
Hash128 state_key(const GameState& state, double draw_equivalent_wins_for_white);

}  // namespace hayago::search
