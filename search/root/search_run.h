// The playouts of one search on all its threads, until a limit is reached.
#pragma once
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "search/playout/playout.h"
#include "search/root/limits.h"
#include "search/tree/reaper.h"
#include "search/tree/tree.h"
#include "search/tree/worker_pool.h"

namespace hayago::search {

class SearchRun {
 public:
  // `stop` may be set by anybody at any time.
  SearchRun(const SearchContext& c, Tree& tree, Reaper& reaper, WorkerPool& pool,
            std::vector<std::unique_ptr<PlayoutThread>>& threads, const std::atomic<bool>& stop);

  // Called by worker 0 of the pool; uses workers 1 .. n-1 too. Rethrows what a playout threw.
  void run(SearchClock& clock, const EffectiveLimits& limits, int num_threads);

  std::int64_t playouts() const { return playouts_.load(std::memory_order_relaxed); }
  bool ended_by_memory() const { return memory_full_.load(std::memory_order_relaxed); }

 private:
  void evaluate_root();
  void round(SearchClock& clock, int num_threads);
  void loop(PlayoutThread& thread, SearchClock* clock);
  bool take_ticket();
  double visits_left() const;
  bool is_memory_full() const;
  bool make_room();
  void fail();

  const SearchContext& c_;
  Tree& tree_;
  Reaper& reaper_;
  WorkerPool& pool_;
  std::vector<std::unique_ptr<PlayoutThread>>& threads_;
  const std::atomic<bool>& stop_;

  std::int64_t allowed_playouts_ = 0;
  int num_threads_ = 1;
  std::atomic<std::int64_t> tickets_{0};   // playouts begun and not abandoned
  std::atomic<std::int64_t> playouts_{0};  // finished
  std::atomic<bool> time_over_{false}, memory_full_{false}, failed_{false};
  std::atomic<double> visits_left_by_time_{1e30};
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

}  // namespace hayago::search
