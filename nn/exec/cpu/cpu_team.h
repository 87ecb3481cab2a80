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

  // Work that is cut into stages, one after the other, and every stage into parts, which any
  // threads may do. Must not throw.
  using Work = std::function<void(int stage, int part)>;

  struct Helper;

  // Of a context, which one thread uses at a time. The team outlives it.
  class Seat {
   public:
    explicit Seat(CpuTeam& team);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    // In how many parts the next run is best cut: this context's part of the cores; 1 as long as
    // other programs keep the team from gaining anything.
    int parts() const;
    // Does all parts of all stages, on the calling thread and on threads of the team as far as they
    // are free. It does not wait for threads that do not come, and takes over parts that nobody has
    // begun. `amount`: of work, in any unit.
    void run(int stages, int parts, double amount, const Work& work);
    // How many parts other threads than the calling ones have done.
    std::int64_t helped() const { return helped_; }

   private:
    friend class CpuTeam;
    CpuTeam& team_;
    void run_shared(int stages, int parts, const Work& work);
    void learn(int parts, double time);

    std::atomic<std::int64_t> last_run_{0};  // nanoseconds of the steady clock
    std::int64_t helped_ = 0;
    std::vector<Helper*> helpers_;  // of the current run; keeps its memory
    // Whether help pays: nanoseconds per amount of work, alone and over some runs with help.
    double alone_time_ = 0, shared_time_ = 0;
    int shared_runs_ = 0;
    std::int64_t alone_until_ = 0, pause_ = 0;
  };

 private:
  struct Job;

  void claim(int wanted, std::vector<Helper*>& claimed);
  static void loop(Helper& helper);

  const int cores_;
  mutable std::mutex mutex_;  // of the lists
  std::vector<Seat*> seats_;
  std::vector<std::unique_ptr<Helper>> helpers_;
};

}  // namespace hayago::nn
