// Collects the requests of search threads into batches for few threads that drive the executor.
// Nobody waits for a fuller batch while a device would be idle; behind a batch that is running, the
// next one fills up. Private to search/eval.
#pragma once
#include <atomic>
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

class BatchMailbox;

// A position on its way through the queue; arrays belong to the submitter and stay untouched until
// the job is in its mailbox.
struct BatchJob {
  nn::PositionInput input;
  nn::RawOutput output;
  BatchMailbox* mailbox = nullptr;
  std::exception_ptr error;  // what the executor threw
};

// Where finished jobs of one thread arrive.
class BatchMailbox {
 public:
  // By server threads: a part of a finished batch.
  void put(const std::vector<BatchJob*>& jobs);
  // Moves everything that has arrived to `out`; false if there is nothing. Cheap when empty.
  bool take(std::vector<BatchJob*>& out);
  // Until something has arrived, at most `seconds`.
  void wait(double seconds);

 private:
  std::atomic<bool> filled_{false};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<BatchJob*> jobs_;
};

class BatchQueue {
 public:
  // `threads` threads share the executor's devices: the executor says how many batches a device
  // takes at once (pipeline_depth). on_batch(rows, seconds) is called by them. Throws what
  // make_context throws.
  BatchQueue(const nn::Executor& executor, int width, int height, int max_batch, int threads,
             std::function<void(std::size_t, double)> on_batch);
  // Requests that still wait fail.
  ~BatchQueue();

  void submit(BatchJob& job);
  // Several at once: one lock.
  void submit(const std::vector<BatchJob*>& jobs);

 private:
  void serve(nn::ExecContext& context);
  bool next_batch(std::vector<BatchJob*>& batch);
  // Under the lock: whether a thread should take a batch now, full or because a device is idle.
  bool has_batch() const {
    return waiting_.size() >= max_batch_ || (!waiting_.empty() && running_ < devices_);
  }
  static void deliver(const std::vector<BatchJob*>& batch, const std::exception_ptr& error);

  const std::size_t max_batch_;
  const int devices_;
  const std::function<void(std::size_t, double)> on_batch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<BatchJob*> waiting_;
  int running_ = 0;  // batches inside the executor
  bool stop_ = false;
  std::vector<std::unique_ptr<nn::ExecContext>> contexts_;
  std::vector<std::thread> threads_;
};

}  // namespace hayago::search
