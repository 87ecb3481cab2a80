// Cores for one pass: when fewer contexts are at work than the machine has cores, threads of the
// team take a share of every operation (one position over several cores). With as many contexts as
// cores everybody computes alone, which is the better use of them.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/cpu/spread.h"
#include "kernels/share.h"

namespace hayago::nn {

class CpuTeam {
 public:
  // For passes on at most `cores` cores, 0: all that the machine has. Threads start when they are
  // first wanted.
  explicit CpuTeam(int cores);
  ~CpuTeam();
  CpuTeam(const CpuTeam&) = delete;
  CpuTeam& operator=(const CpuTeam&) = delete;

  int cores() const { return cores_; }

  // Of a context, which one thread uses at a time. The team outlives it.
  class Seat {
   public:
    explicit Seat(CpuTeam& team);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    // work(share) on the calling thread, the first of the group, and on threads of the team.
    // Returns when all have ended. The work must not throw.
    void run(const std::function<void(const kernels::Share&)>& work);
    // How many runs more than one thread has shared.
    std::int64_t shared_runs() const { return shared_runs_; }

   private:
    friend class CpuTeam;
    CpuTeam& team_;
    std::atomic<std::int64_t> last_run_{0};  // nanoseconds of the steady clock
    std::int64_t alone_until_ = 0;
    std::int64_t shared_runs_ = 0;
  };

 private:
  struct Job;
  struct Helper;

  int parts_for(Seat& seat, std::int64_t now);
  std::vector<Helper*> claim(int wanted);
  static void loop(Helper& helper);

  const int cores_;
  std::mutex mutex_;  // of the lists
  std::vector<Seat*> seats_;
  std::vector<std::unique_ptr<Helper>> helpers_;
};

}  // namespace hayago::nn
