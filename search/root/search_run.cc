#include "search/root/search_run.h"

#include <algorithm>
#include <chrono>

#include "kernels/cpu/spread.h"

namespace hayago::search {
namespace {

constexpr std::int64_t kPlayoutsBeforeTime = 2;  // done even when there is no time left
// A thread's visits between two looks at the memory in use, which is spread over cache lines of all
// threads; they take less than a thousandth of the smallest cap.
constexpr int kLooksPerMemoryCheck = 8;
constexpr std::size_t kMiB = std::size_t{1} << 20;
// What the cache may keep of the cap once the tree needs the room.
constexpr double kCacheShare = 0.02;
// How full the cap may be for a search to go on, and how much of the tree goes at a time.
constexpr double kFullEnough = 0.9, kRoomToGoOn = 0.97;
constexpr double kPrunedShare = 0.15;
constexpr int kMostPrunings = 8;  // at a time

}  // namespace

// One thread's view of the limits; the first thread also watches the clock.
class SearchRun::ThreadQuota final : public SearchQuota {
 public:
  ThreadQuota(SearchRun& run, SearchClock* clock) : run_(run), clock_(clock) {}

  bool should_end() override {
    if (run_.stop_.load(std::memory_order_relaxed) ||
        run_.failed_.load(std::memory_order_relaxed) ||
        run_.time_over_.load(std::memory_order_relaxed) || run_.ended_by_memory()) {
      return true;
    }
    if (clock_ != nullptr && is_time_over()) {
      run_.time_over_.store(true, std::memory_order_relaxed);
      return true;
    }
    if (--looks_until_memory_ <= 0) {
      looks_until_memory_ = kLooksPerMemoryCheck;
      if (run_.is_memory_full() && run_.playouts() >= kPlayoutsBeforeTime) {
        run_.memory_full_.store(true, std::memory_order_relaxed);
        return true;
      }
    }
    return false;
  }
  bool take_ticket() override { return run_.take_ticket(); }
  void give_ticket_back() override { run_.tickets_.fetch_sub(1, std::memory_order_relaxed); }
  void count_playout() override { run_.playouts_.fetch_add(1, std::memory_order_relaxed); }
  void fail(std::exception_ptr error) override { run_.fail(std::move(error)); }
  double visits_left() const override { return run_.visits_left(); }

 private:
  bool is_time_over() {
    const Node& root = *run_.tree_.root();
    clock_->update(root, run_.width_);
    const double left = clock_->visits_left(root.stats.visits(), run_.width_);
    // Other threads read it at every visit: it is not written without need.
    if (left != run_.visits_left_by_time_.load(std::memory_order_relaxed)) {
      run_.visits_left_by_time_.store(left, std::memory_order_relaxed);
    }
    return run_.playouts() >= kPlayoutsBeforeTime && clock_->is_over();
  }

  SearchRun& run_;
  SearchClock* clock_;
  int looks_until_memory_ = 0;
};

SearchRun::SearchRun(const SearchContext& c, Tree& tree, Reaper& reaper, WorkerPool& pool,
                     std::vector<std::unique_ptr<PlayoutThread>>& threads,
                     const std::atomic<bool>& stop)
    : c_(c), tree_(tree), reaper_(reaper), pool_(pool), threads_(threads), stop_(stop) {}

void SearchRun::run(SearchClock& clock, const EffectiveLimits& limits, int width, int num_threads) {
  width_ = width;
  num_threads_ = num_threads;
  allowed_playouts_ =
      std::min(limits.max_playouts, limits.max_visits - tree_.root()->stats.visits());
  // Even when it was stopped before it began: the evaluation is there, and results need it.
  evaluate_first();
  do {
    memory_full_.store(false, std::memory_order_relaxed);
    round(clock);
  } while (ended_by_memory() && make_room());
  if (error_ != nullptr) std::rethrow_exception(error_);
}

void SearchRun::evaluate_first() {
  if (tree_.root()->output() != nullptr || !take_ticket()) return;
  Descent descent;
  start_playout({c_, tree_, *threads_[0]}, descent, visits_left());
  playouts_.fetch_add(1, std::memory_order_relaxed);
}

void SearchRun::round(SearchClock& clock) {
  const kernels::CoreSpread cores;
  for (int i = 1; i < num_threads_; ++i) {
    pool_.run(
        static_cast<std::size_t>(i), [this, i] { loop(i, nullptr); }, cores);
  }
  loop(0, &clock);
  for (int i = 1; i < num_threads_; ++i) pool_.wait(static_cast<std::size_t>(i));
}

void SearchRun::loop(int index, SearchClock* clock) {
  // The first threads take what does not divide evenly.
  const int width = width_ / num_threads_ + (index < width_ % num_threads_ ? 1 : 0);
  ThreadQuota quota(*this, clock);
  PlayoutThread& thread = *threads_[static_cast<std::size_t>(index)];
  const EvalTimes before = thread.eval->times();
  const auto start = std::chrono::steady_clock::now();
  SearchTimes times;
  try {
    DescentLoop loop(c_, tree_, thread, width, quota);
    loop.run();
    times.eval.waiting = loop.parked_seconds();
  } catch (...) {
    fail(std::current_exception());
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  times.total = seconds.count();
  times.eval += thread.eval->times() - before;
  const std::scoped_lock lock(end_mutex_);
  times_ += times;
}

bool SearchRun::take_ticket() {
  if (tickets_.fetch_add(1, std::memory_order_relaxed) < allowed_playouts_) return true;
  tickets_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void SearchRun::fail(std::exception_ptr error) {
  const std::scoped_lock lock(end_mutex_);
  if (error_ == nullptr) error_ = std::move(error);
  failed_.store(true, std::memory_order_relaxed);
}

double SearchRun::visits_left() const {
  return std::min(static_cast<double>(allowed_playouts_ - playouts()),
                  visits_left_by_time_.load(std::memory_order_relaxed));
}

std::size_t SearchRun::cap() const {
  return static_cast<std::size_t>(c_.params.max_tree_memory_mb) * kMiB;
}

// All trees and all results of this evaluator, what the cache needs beside the results, and what is
// remembered from search to search.
std::size_t SearchRun::memory_in_use() const {
  return c_.net->account().bytes() + c_.net->cache_overhead_bytes() +
         (c_.eval_cache != nullptr ? c_.eval_cache->bytes() : 0);
}

// With all threads at rest: first results that only the cache holds go, then the least visited
// parts of the tree.
bool SearchRun::make_room() {
  if (stop_.load(std::memory_order_relaxed) || failed_.load(std::memory_order_relaxed)) {
    return false;
  }
  reaper_.wait();
  const double cap_bytes = static_cast<double>(cap());
  const auto is_room = [&] {
    return static_cast<double>(memory_in_use()) < kFullEnough * cap_bytes;
  };
  c_.net->shrink_cache(static_cast<std::size_t>(kCacheShare * cap_bytes));
  for (int i = 0; i < kMostPrunings && !is_room(); ++i) {
    tree_.fold(kPrunedShare);
    const std::vector<Node*> removed = tree_.sweep(c_.params.subtree_value_bias_free_prop);
    if (removed.empty()) break;
    tree_.destroy(removed);
    tree_.bias_table().drop_unused();
    ++prunings_;
  }
  return static_cast<double>(memory_in_use()) < kRoomToGoOn * cap_bytes;
}

}  // namespace hayago::search
