// The playouts of one search on all its threads, until a limit is reached.
#pragma once
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "search/playout/playout.h"
#include "search/root/descent_loop.h"
#include "search/root/limits.h"
#include "search/sync/stripes.h"
#include "search/tree/reaper.h"
#include "search/tree/tree.h"
#include "search/tree/worker_pool.h"

namespace hayago::search {

class SearchRun {
 public:
  // `stop` may be set by anybody at any time. There is one thread of the operating system per
  // element of `threads`.
  SearchRun(const SearchContext& c, Tree& tree, Reaper& reaper, WorkerPool& pool,
            std::vector<std::unique_ptr<PlayoutThread>>& threads, const std::atomic<bool>& stop);

  // With up to `width` playouts on their way at once, spread over `num_threads` threads. Called by
  // worker 0 of the pool; uses workers 1 .. num_threads-1 too. Rethrows what a playout threw.
  void run(SearchClock& clock, const EffectiveLimits& limits, int width, int num_threads);

  std::int64_t playouts() const { return playouts_.load(std::memory_order_relaxed); }
  // The memory cap was reached, and nothing that could go was left.
  bool ended_by_memory() const { return memory_full_.load(std::memory_order_relaxed); }
  // How often the tree lost its least visited parts to stay below the cap.
  int prunings() const { return prunings_; }
  // After the run.
  const SearchTimes& times() const { return times_; }

 private:
  class ThreadQuota;

  void evaluate_first();
  void round(SearchClock& clock);
  void loop(int index, SearchClock* clock);
  bool take_ticket();
  double visits_left() const;
  std::size_t cap() const;
  std::size_t memory_in_use() const;
  bool is_memory_full() const { return cap() != 0 && memory_in_use() >= cap(); }
  bool make_room();
  void fail(std::exception_ptr error);

  const SearchContext& c_;
  Tree& tree_;
  Reaper& reaper_;
  WorkerPool& pool_;
  std::vector<std::unique_ptr<PlayoutThread>>& threads_;
  const std::atomic<bool>& stop_;

  std::int64_t allowed_playouts_ = 0;
  int width_ = 1, num_threads_ = 1, prunings_ = 0;
  std::atomic<bool> time_over_{false}, memory_full_{false}, failed_{false};
  std::atomic<double> visits_left_by_time_{1e30};
  // Changed by every visit of any thread, so not beside what threads only look at.
  alignas(kCacheLine) std::atomic<std::int64_t> tickets_{0};  // playouts begun and not abandoned
  std::atomic<std::int64_t> playouts_{0};                     // finished
  alignas(kCacheLine) std::mutex end_mutex_;  // for what threads leave behind when they end
  std::exception_ptr error_;                  // the first
  SearchTimes times_;
};

}  // namespace hayago::search
