// Threads that are made once and used for every search.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/cpu/spread.h"

namespace hayago::search {

class WorkerPool {
 public:
  ~WorkerPool();

  // Runs the job on worker `index`, which must be idle. Makes missing workers. Jobs must not throw.
  void run(std::size_t index, std::function<void()> job);
  // The same, beginning on the core that `cores` has for that index.
  void run(std::size_t index, std::function<void()> job, const kernels::CoreSpread& cores);
  // Returns when that worker is idle.
  void wait(std::size_t index);

 private:
  struct Worker {
    std::mutex mutex;
    std::condition_variable changed;
    std::function<void()> job;  // empty: idle
    bool quit = false;
    std::thread thread;
  };
  static void loop(Worker& worker);
  Worker& worker(std::size_t index);

  std::mutex mutex_;  // of the list
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace hayago::search
