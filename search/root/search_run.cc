#include "search/root/search_run.h"

#include <algorithm>

namespace hayago::search {
namespace {

constexpr std::int64_t kPlayoutsBeforeTime = 2;  // done even when there is no time left
constexpr std::size_t kMiB = std::size_t{1} << 20;
// A round that can only add this share of the cap is not worth starting.
constexpr double kWorthwhileRoom = 0.01;

}  // namespace

SearchRun::SearchRun(const SearchContext& c, Tree& tree, Reaper& reaper, WorkerPool& pool,
                     std::vector<std::unique_ptr<PlayoutThread>>& threads,
                     const std::atomic<bool>& stop)
    : c_(c), tree_(tree), reaper_(reaper), pool_(pool), threads_(threads), stop_(stop) {}

void SearchRun::run(SearchClock& clock, const EffectiveLimits& limits, int num_threads) {
  num_threads_ = num_threads;
  allowed_playouts_ =
      std::min(limits.max_playouts, limits.max_visits - tree_.root()->stats.visits());
  // Even when it was stopped before it began: the evaluation is there, and results need it.
  evaluate_root();
  do {
    memory_full_.store(false, std::memory_order_relaxed);
    round(clock, num_threads);
  } while (ended_by_memory() && make_room());
  if (error_ != nullptr) std::rethrow_exception(error_);
}

void SearchRun::evaluate_root() {
  if (tree_.root()->output() != nullptr || !take_ticket()) return;
  run_playout(c_, tree_, *threads_[0], visits_left());
  playouts_.fetch_add(1, std::memory_order_relaxed);
}

void SearchRun::round(SearchClock& clock, int num_threads) {
  for (int i = 1; i < num_threads; ++i) {
    const auto index = static_cast<std::size_t>(i);
    pool_.run(index, [this, index] { loop(*threads_[index], nullptr); });
  }
  loop(*threads_[0], &clock);
  for (int i = 1; i < num_threads; ++i) pool_.wait(static_cast<std::size_t>(i));
}

bool SearchRun::take_ticket() {
  if (tickets_.fetch_add(1, std::memory_order_relaxed) < allowed_playouts_) return true;
  tickets_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void SearchRun::loop(PlayoutThread& thread, SearchClock* clock) {
  while (!stop_.load(std::memory_order_relaxed) && !failed_.load(std::memory_order_relaxed) &&
         !time_over_.load(std::memory_order_relaxed) && !ended_by_memory()) {
    if (clock != nullptr) {
      clock->update(*tree_.root(), num_threads_);
      visits_left_by_time_.store(clock->visits_left(tree_.root()->stats.visits(), num_threads_),
                                 std::memory_order_relaxed);
      if (playouts() >= kPlayoutsBeforeTime && clock->is_over()) {
        time_over_.store(true, std::memory_order_relaxed);
        return;
      }
    }
    if (playouts() >= kPlayoutsBeforeTime && is_memory_full()) {
      memory_full_.store(true, std::memory_order_relaxed);
      return;
    }
    if (!take_ticket()) return;
    bool counts = false;
    try {
      counts = run_playout(c_, tree_, thread, visits_left());
    } catch (...) {
      fail();
    }
    if (counts) {
      playouts_.fetch_add(1, std::memory_order_relaxed);
    } else {
      tickets_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
}

void SearchRun::fail() {
  const std::scoped_lock lock(error_mutex_);
  if (error_ == nullptr) error_ = std::current_exception();
  failed_.store(true, std::memory_order_relaxed);
}

double SearchRun::visits_left() const {
  return std::min(static_cast<double>(allowed_playouts_ - playouts()),
                  visits_left_by_time_.load(std::memory_order_relaxed));
}

bool SearchRun::is_memory_full() const {
  const auto cap = static_cast<std::size_t>(c_.params.max_tree_memory_mb) * kMiB;
  return cap != 0 && tree_.bytes() + reaper_.pending_bytes() + c_.net->cache_bytes() >= cap;
}

// The account is an upper bound: outputs that the tree shares with the cache count twice. With all
// threads at rest they can be told apart, which often leaves room to go on.
bool SearchRun::make_room() {
  if (stop_.load(std::memory_order_relaxed) || failed_.load(std::memory_order_relaxed))
    return false;
  reaper_.wait();
  tree_.recount_outputs();
  const double cap = static_cast<double>(c_.params.max_tree_memory_mb) * kMiB;
  const double used = static_cast<double>(tree_.bytes() + c_.net->cache_bytes());
  return used < cap * (1 - kWorthwhileRoom);
}

}  // namespace hayago::search
