#include "search/tree/worker_pool.h"

#include <utility>

namespace hayago::search {

WorkerPool::~WorkerPool() {
  for (const auto& worker : workers_) {
    {
      const std::scoped_lock lock(worker->mutex);
      worker->quit = true;
    }
    worker->changed.notify_all();
  }
  for (const auto& worker : workers_) worker->thread.join();
}

WorkerPool::Worker& WorkerPool::worker(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  while (workers_.size() <= index) {
    Worker& made = *workers_.emplace_back(std::make_unique<Worker>());
    made.thread = std::thread([&made] { loop(made); });
  }
  return *workers_[index];
}

void WorkerPool::run(std::size_t index, std::function<void()> job) {
  Worker& w = worker(index);
  {
    const std::scoped_lock lock(w.mutex);
    w.job = std::move(job);
  }
  w.changed.notify_all();
}

void WorkerPool::run(std::size_t index, std::function<void()> job,
                     const kernels::CoreSpread& cores) {
  cores.place(worker(index).thread, static_cast<int>(index));
  run(index, [job = std::move(job), cores] {
    cores.release();
    job();
  });
}

void WorkerPool::wait(std::size_t index) {
  {
    const std::scoped_lock lock(mutex_);
    if (workers_.size() <= index) return;
  }
  Worker& w = worker(index);
  std::unique_lock lock(w.mutex);
  w.changed.wait(lock, [&w] { return !w.job; });
}

void WorkerPool::loop(Worker& w) {
  std::unique_lock lock(w.mutex);
  for (;;) {
    w.changed.wait(lock, [&w] { return w.job || w.quit; });
    if (!w.job) return;
    lock.unlock();
    w.job();
    lock.lock();
    w.job = nullptr;
    w.changed.notify_all();
  }
}

}  // namespace hayago::search
