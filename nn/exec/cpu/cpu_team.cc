#include "nn/exec/cpu/cpu_team.h"

#include <algorithm>

namespace hayago::nn {
namespace {

constexpr std::int64_t kMicrosecond = 1000;
// A context that has not run for so long leaves its core to others.
constexpr std::int64_t kAtWork = 20'000 * kMicrosecond;
// Between two passes of a search a helper looks around for so long before it sleeps.
constexpr std::int64_t kLookAround = 100 * kMicrosecond;
// Other programs want the cores, too, if the first thread waits for others most of the time, beyond
// the few microseconds before its first yield (a yield takes about kYield). Then it computes alone
// for a while.
constexpr std::int64_t kYield = 400;
constexpr double kCrowded = 0.5;
constexpr std::int64_t kCrowdedPause = 100'000 * kMicrosecond;

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int machine_cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

// One pass.
struct CpuTeam::Job {
  const std::function<void(const kernels::Share&)>* work;
  kernels::Meeting meeting;
  kernels::CoreSpread cores;
  std::atomic<int> unfinished{0};
};

struct CpuTeam::Helper {
  std::atomic<bool> claimed{false};
  // Set by the claimer, taken back by the helper. `job` last: it is the signal.
  kernels::Share share;
  std::atomic<Job*> job{nullptr};

  std::mutex mutex;
  std::condition_variable changed;
  bool asleep = false, quit = false;
  std::thread thread;
};

CpuTeam::CpuTeam(int cores) : cores_(cores > 0 ? cores : machine_cores()) {}

CpuTeam::~CpuTeam() {
  for (const auto& helper : helpers_) {
    {
      const std::scoped_lock lock(helper->mutex);
      helper->quit = true;
    }
    helper->changed.notify_all();
  }
  for (const auto& helper : helpers_) helper->thread.join();
}

CpuTeam::Seat::Seat(CpuTeam& team) : team_(team) {
  const std::scoped_lock lock(team.mutex_);
  team.seats_.push_back(this);
}

CpuTeam::Seat::~Seat() {
  const std::scoped_lock lock(team_.mutex_);
  std::erase(team_.seats_, this);
}

// The seat's part of the cores.
int CpuTeam::parts_for(Seat& seat, std::int64_t now) {
  if (cores_ == 1 || now < seat.alone_until_) return 1;
  const std::scoped_lock lock(mutex_);
  const auto at_work = std::count_if(seats_.begin(), seats_.end(), [&](const Seat* other) {
    return other == &seat || now - other->last_run_.load(std::memory_order_relaxed) < kAtWork;
  });
  return std::max(1, cores_ / static_cast<int>(at_work));
}

// As many idle helpers, or fewer if others have them.
std::vector<CpuTeam::Helper*> CpuTeam::claim(int wanted) {
  std::vector<Helper*> claimed;
  const std::scoped_lock lock(mutex_);
  while (static_cast<int>(helpers_.size()) < wanted) {
    Helper& made = *helpers_.emplace_back(std::make_unique<Helper>());
    made.thread = std::thread([&made] { loop(made); });
    kernels::CoreSpread().move(made.thread, static_cast<int>(helpers_.size()));
  }
  for (const auto& helper : helpers_) {
    if (static_cast<int>(claimed.size()) == wanted) break;
    if (!helper->claimed.exchange(true, std::memory_order_acquire)) claimed.push_back(helper.get());
  }
  return claimed;
}

void CpuTeam::Seat::run(const std::function<void(const kernels::Share&)>& work) {
  const std::int64_t now = nanoseconds_now();
  const int parts = team_.parts_for(*this, now);
  std::vector<Helper*> helpers;
  if (parts > 1) helpers = team_.claim(parts - 1);
  if (helpers.empty()) {
    work({});
    last_run_.store(nanoseconds_now(), std::memory_order_relaxed);
    return;
  }
  ++shared_runs_;
  Job job{.work = &work, .meeting = {}, .cores = {}, .unfinished = {}};
  const int count = static_cast<int>(helpers.size());
  job.unfinished.store(count, std::memory_order_relaxed);
  for (int i = 0; i < count; ++i) {
    Helper& helper = *helpers[static_cast<std::size_t>(i)];
    helper.share = {i + 1, count + 1, &job.meeting};
    helper.job.store(&job, std::memory_order_release);
    bool wake;
    {
      const std::scoped_lock lock(helper.mutex);
      wake = helper.asleep;
    }
    if (!wake) continue;
    job.cores.place(helper.thread, i + 1);
    helper.changed.notify_all();
  }
  work({0, count + 1, &job.meeting});
  kernels::ShortWait wait;
  while (job.unfinished.load(std::memory_order_acquire) > 0) wait.pause();
  const std::int64_t end = nanoseconds_now();
  const std::int64_t waited = kYield * (job.meeting.first_yields() + wait.yields());
  if (static_cast<double>(waited) > kCrowded * static_cast<double>(end - now)) {
    alone_until_ = end + kCrowdedPause;
  }
  last_run_.store(end, std::memory_order_relaxed);
}

void CpuTeam::loop(Helper& helper) {
  for (;;) {
    const std::int64_t idle_since = nanoseconds_now();
    while (helper.job.load(std::memory_order_acquire) == nullptr &&
           nanoseconds_now() - idle_since < kLookAround) {
    }
    if (helper.job.load(std::memory_order_acquire) == nullptr) {
      std::unique_lock lock(helper.mutex);
      helper.asleep = true;
      helper.changed.wait(lock, [&] { return helper.quit || helper.job.load() != nullptr; });
      helper.asleep = false;
      if (helper.job.load() == nullptr) return;
      lock.unlock();
      helper.job.load()->cores.release();
    }
    Job& job = *helper.job.load(std::memory_order_acquire);
    (*job.work)(helper.share);
    helper.job.store(nullptr, std::memory_order_relaxed);
    helper.claimed.store(false, std::memory_order_release);
    // The last access: the claimer's job may be gone right after.
    job.unfinished.fetch_sub(1, std::memory_order_acq_rel);
  }
}

}  // namespace hayago::nn
