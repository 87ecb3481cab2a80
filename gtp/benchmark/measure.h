// The measurements of `hayago benchmark`: searches, the network alone, and the arithmetic peak of
// the processor.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "search/engine.h"

namespace hayago::gtp {

struct SearchSpeed {
  int threads = 0;
  int positions = 0;  // finished so far
  int planned = 0;
  std::int64_t visits = 0;
  std::uint64_t evaluations = 0, batches = 0;
  double seconds = 0;
  double network_seconds = 0;  // inside the executor, summed over the threads that drive it
  int os_threads = 1;
  search::SearchTimes times;
  double per_second(double count) const { return seconds > 0 ? count / seconds : 0.0; }
  double visits_per_second() const { return per_second(static_cast<double>(visits)); }
};

// Searches every position with an empty tree and cache. `progress` runs before the first and after
// each position.
SearchSpeed measure_search(search::Evaluator& evaluator, const search::SearchParams& params,
                           const std::vector<search::GameState>& positions,
                           const std::function<void(const SearchSpeed&)>& progress);

// The network without anything around it: each thread runs its own context over the inputs of the
// positions, one position at a time (or the whole list in batches, for executors that want them).
class NetworkLoop {
 public:
  NetworkLoop(const nn::Executor& executor, const search::EvaluatorConfig& config,
              const std::vector<search::GameState>& positions);
  ~NetworkLoop();
  // Positions per second of all threads together, for about `seconds`.
  double run(int threads, double seconds);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// FP32 fused multiply-adds per second of `threads` threads at once (at most one per processor), in
// 10^9.
double measure_peak_gmacs(int threads, double seconds);

// Search, network and peak taken in turns, so that a machine whose speed wanders treats all alike.
struct Comparison {
  SearchSpeed search;
  double network_per_second = 0;       // mean over the rounds
  double best_network_per_second = 0;  // best round, beside the best peak
  double peak_gmacs = 0;               // best round, all threads
  double single_peak_gmacs = 0;        // best round, one thread
};
Comparison compare_with_network(search::Evaluator& evaluator, const search::SearchParams& params,
                                const std::vector<search::GameState>& positions);

}  // namespace hayago::gtp
