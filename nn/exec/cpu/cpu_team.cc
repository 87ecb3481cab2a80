#include "nn/exec/cpu/cpu_team.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "kernels/cpu/short_wait.h"

namespace hayago::nn {
namespace {

constexpr std::int64_t kMicrosecond = 1000;
// A context that has not run for so long leaves its core to others.
constexpr std::int64_t kAtWork = 20'000 * kMicrosecond;
// Between two passes of a search a helper looks around for so long before it sleeps.
constexpr std::int64_t kLookAround = 100 * kMicrosecond;
// Help is judged over so many runs. If it gains less than a tenth, the context computes alone for a
// while, longer and longer.
constexpr int kTrial = 8;
constexpr double kGain = 0.9;
constexpr std::int64_t kFirstPause = 50'000 * kMicrosecond,
                       kLongestPause = 5'000'000 * kMicrosecond;
constexpr int kMostParts = 32;  // bits of Job::state

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int machine_cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

// One run.
struct CpuTeam::Job {
  const Work& work;
  const int parts;
  // The stage in the upper half, the parts that somebody has begun in the lower.
  std::atomic<std::uint64_t> state{0};
  std::atomic<int> done{0};  // parts of the stage
  std::atomic<bool> ended{false};
  std::atomic<std::int64_t> helped{0};

  static std::uint64_t start_of(int stage) { return static_cast<std::uint64_t>(stage) << 32; }

  // Takes a part of the stage, `preferred` if it is free; -1 if all have been begun or the stage is
  // over.
  int begin_part(int stage, int preferred) {
    std::uint64_t seen = state.load(std::memory_order_acquire);
    for (;;) {
      if (seen >> 32 != static_cast<std::uint64_t>(stage)) return -1;
      const std::uint64_t open = ~seen & ((std::uint64_t{1} << parts) - 1);
      if (open == 0) return -1;
      const int part = (open >> preferred & 1) != 0 ? preferred : std::countr_zero(open);
      if (state.compare_exchange_weak(seen, seen | std::uint64_t{1} << part,
                                      std::memory_order_acq_rel)) {
        return part;
      }
    }
  }

  void help(int preferred) {
    for (kernels::ShortWait wait; !ended.load(std::memory_order_acquire);) {
      const int stage = static_cast<int>(state.load(std::memory_order_acquire) >> 32);
      const int part = begin_part(stage, preferred);
      if (part < 0) {
        wait.pause();
        continue;
      }
      work(stage, part);
      helped.fetch_add(1, std::memory_order_relaxed);
      done.fetch_add(1, std::memory_order_release);
      wait = {};
    }
  }
};

struct CpuTeam::Helper {
  std::atomic<bool> claimed{false};
  int part = 0;                    // preferred; set by the claimer before `job`
  std::atomic<Job*> job{nullptr};  // taken away by the helper when it begins, or by the claimer
  std::atomic<bool> working{false};

  std::mutex mutex;
  std::condition_variable changed;
  bool asleep = false, quit = false;
  kernels::CoreSpread home;  // all cores, to go on with after waking up
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

int CpuTeam::Seat::parts() const {
  if (team_.cores_ == 1 || alone_time_ == 0) return 1;
  const std::int64_t now = nanoseconds_now();
  if (now < alone_until_) return 1;
  const std::scoped_lock lock(team_.mutex_);
  const auto at_work =
      std::count_if(team_.seats_.begin(), team_.seats_.end(), [&](const Seat* other) {
        return other == this || now - other->last_run_.load(std::memory_order_relaxed) < kAtWork;
      });
  return std::clamp(team_.cores_ / static_cast<int>(at_work), 1, kMostParts);
}

// As many idle helpers, or fewer if others have them.
void CpuTeam::claim(int wanted, std::vector<Helper*>& claimed) {
  claimed.clear();
  const std::scoped_lock lock(mutex_);
  while (static_cast<int>(helpers_.size()) < wanted) {
    Helper& made = *helpers_.emplace_back(std::make_unique<Helper>());
    made.thread = std::thread([&made] { loop(made); });
    made.home.move(made.thread, static_cast<int>(helpers_.size()));
  }
  for (const auto& helper : helpers_) {
    if (static_cast<int>(claimed.size()) == wanted) break;
    if (!helper->claimed.exchange(true, std::memory_order_acquire)) claimed.push_back(helper.get());
  }
}

void CpuTeam::Seat::learn(int parts, double time) {
  if (parts == 1) {
    alone_time_ = alone_time_ == 0 ? time : 0.75 * alone_time_ + 0.25 * time;
    return;
  }
  shared_time_ += time;
  ++shared_runs_;
  const bool hopeless = shared_time_ > kTrial * alone_time_;
  if (shared_runs_ < kTrial && !hopeless) return;
  if (hopeless || shared_time_ > kGain * shared_runs_ * alone_time_) {
    pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
    alone_until_ = last_run_.load(std::memory_order_relaxed) + pause_;
  } else {
    pause_ = 0;
  }
  shared_time_ = 0;
  shared_runs_ = 0;
}

void CpuTeam::Seat::run(int stages, int parts, double amount, const Work& work) {
  const std::int64_t start = nanoseconds_now();
  if (parts == 1) {
    for (int stage = 0; stage < stages; ++stage) work(stage, 0);
  } else {
    run_shared(stages, parts, work);
  }
  const std::int64_t end = nanoseconds_now();
  last_run_.store(end, std::memory_order_relaxed);
  learn(parts, static_cast<double>(end - start) / amount);
}

void CpuTeam::Seat::run_shared(int stages, int parts, const Work& work) {
  Job job{.work = work, .parts = parts, .state = 0, .done = 0, .ended = false, .helped = 0};
  team_.claim(parts - 1, helpers_);
  std::optional<kernels::CoreSpread> cores;  // found out only for sleepers
  for (std::size_t i = 0; i < helpers_.size(); ++i) {
    Helper& helper = *helpers_[i];
    helper.part = static_cast<int>(i) + 1;
    helper.job.store(&job, std::memory_order_release);
    bool wake;
    {
      const std::scoped_lock lock(helper.mutex);
      wake = helper.asleep;
    }
    if (!wake) continue;
    if (!cores) cores.emplace();
    cores->place(helper.thread, helper.part);
    helper.changed.notify_all();
  }

  for (int stage = 0; stage < stages; ++stage) {
    if (stage > 0) {
      job.done.store(0, std::memory_order_relaxed);
      job.state.store(Job::start_of(stage), std::memory_order_release);
    }
    for (int part = 0; (part = job.begin_part(stage, 0)) >= 0;) {
      work(stage, part);
      job.done.fetch_add(1, std::memory_order_relaxed);
    }
    kernels::ShortWait wait;
    while (job.done.load(std::memory_order_acquire) < parts) wait.pause();
  }

  job.ended.store(true, std::memory_order_release);
  for (Helper* helper : helpers_) {
    if (helper->job.exchange(nullptr, std::memory_order_acq_rel) != nullptr) {
      helper->claimed.store(false, std::memory_order_release);  // it has not come
      continue;
    }
    kernels::ShortWait wait;
    while (helper->working.load(std::memory_order_acquire)) wait.pause();
    helper->claimed.store(false, std::memory_order_release);
  }
  helped_ += job.helped.load(std::memory_order_relaxed);
}

void CpuTeam::loop(Helper& helper) {
  std::int64_t idle_since = nanoseconds_now();
  for (;;) {
    // `working` first: the claimer that finds the job taken waits for its end.
    helper.working.store(true, std::memory_order_seq_cst);
    if (Job* job = helper.job.exchange(nullptr, std::memory_order_seq_cst)) {
      job->help(helper.part);
      idle_since = nanoseconds_now();
    }
    helper.working.store(false, std::memory_order_release);
    if (helper.job.load(std::memory_order_acquire) != nullptr) continue;
    if (nanoseconds_now() - idle_since < kLookAround) continue;
    std::unique_lock lock(helper.mutex);
    helper.asleep = true;
    helper.changed.wait(
        lock, [&] { return helper.quit || helper.job.load(std::memory_order_acquire) != nullptr; });
    helper.asleep = false;
    if (helper.quit) return;
    lock.unlock();
    helper.home.release();
    idle_since = nanoseconds_now();
  }
}

}  // namespace hayago::nn
