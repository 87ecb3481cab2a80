// Collects the requests of many threads into batches for few threads that drive the executor. A
// batch is whatever waits when a server thread is free, up to the limit; nobody waits for more.
// Private to search/eval.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "nn/exec/executor.h"

namespace hayago::search {

class BatchQueue {
 public:
  // on_batch(rows, seconds) is called by the server threads. Throws what make_context throws.
  BatchQueue(const nn::Executor& executor, int width, int height, int max_batch, int threads,
             std::function<void(std::size_t, double)> on_batch);
  // Requests that still wait fail.
  ~BatchQueue();

  // Blocks until the position has been run; rethrows what the executor threw.
  void run(const nn::PositionInput& input, const nn::RawOutput& output);

 private:
  struct Job {
    nn::PositionInput input;
    nn::RawOutput output;
    std::mutex mutex;
    std::condition_variable finished;
    bool done = false;
    std::exception_ptr error;
  };
  void serve(nn::ExecContext& context);
  bool next_batch(std::vector<Job*>& batch);
  static void finish(Job& job, const std::exception_ptr& error);

  const std::size_t max_batch_;
  const std::function<void(std::size_t, double)> on_batch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> waiting_;
  bool stop_ = false;
  std::vector<std::unique_ptr<nn::ExecContext>> contexts_;
  std::vector<std::thread> threads_;
};

}  // namespace hayago::search
