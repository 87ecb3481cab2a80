#include "search/eval/batch_queue.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace hayago::search {

// --- BatchMailbox

void BatchMailbox::put(const std::vector<BatchJob*>& jobs) {
  // Notified under the lock: the owner may go away as soon as it has its jobs.
  const std::lock_guard lock(mutex_);
  jobs_.insert(jobs_.end(), jobs.begin(), jobs.end());
  filled_.store(true, std::memory_order_release);
  arrived_.notify_one();
}

bool BatchMailbox::take(std::vector<BatchJob*>& out) {
  if (!filled_.load(std::memory_order_acquire)) return false;
  const std::lock_guard lock(mutex_);
  out.insert(out.end(), jobs_.begin(), jobs_.end());
  jobs_.clear();
  filled_.store(false, std::memory_order_relaxed);
  return true;
}

void BatchMailbox::wait(double seconds) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return !jobs_.empty(); });
}

// --- BatchQueue

BatchQueue::BatchQueue(const nn::Executor& executor, int width, int height, int max_batch,
                       int threads, std::function<void(std::size_t, double)> on_batch)
    : max_batch_(static_cast<std::size_t>(std::max(1, max_batch))),
      devices_(std::max(1, std::max(1, threads) / executor.pipeline_depth())),
      on_batch_(std::move(on_batch)) {
  for (int i = 0; i < std::max(1, threads); ++i) {
    contexts_.push_back(executor.make_context(height, width, static_cast<int>(max_batch_)));
  }
  for (const auto& context : contexts_) {
    threads_.emplace_back([this, &context] { serve(*context); });
  }
}

BatchQueue::~BatchQueue() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  deliver({waiting_.begin(), waiting_.end()},
          std::make_exception_ptr(
              std::runtime_error("the evaluator was shut down while a position waited for it")));
}

// A thread is only woken for a batch that it can take: a wake-up costs more than a visit. Whoever
// takes one wakes the next if there is more.
void BatchQueue::submit(BatchJob& job) { submit(std::vector<BatchJob*>{&job}); }

void BatchQueue::submit(const std::vector<BatchJob*>& jobs) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), jobs.begin(), jobs.end());
    wake = has_batch();
  }
  if (wake) wake_.notify_one();
}

// One mailbox after the other, each with all its jobs.
void BatchQueue::deliver(const std::vector<BatchJob*>& batch, const std::exception_ptr& error) {
  std::vector<BatchJob*> left = batch, same;
  while (!left.empty()) {
    BatchMailbox* const mailbox = left.front()->mailbox;
    const auto others = std::partition(
        left.begin(), left.end(), [&](const BatchJob* job) { return job->mailbox != mailbox; });
    same.assign(others, left.end());
    left.erase(others, left.end());
    for (BatchJob* job : same) job->error = error;
    mailbox->put(same);
  }
}

bool BatchQueue::next_batch(std::vector<BatchJob*>& batch) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stop_ || has_batch(); });
  if (stop_) return false;
  batch.clear();
  while (!waiting_.empty() && batch.size() < max_batch_) {
    batch.push_back(waiting_.front());
    waiting_.pop_front();
  }
  ++running_;
  if (has_batch()) wake_.notify_one();
  return true;
}

void BatchQueue::serve(nn::ExecContext& context) {
  std::vector<BatchJob*> batch;
  std::vector<nn::PositionInput> inputs;
  std::vector<nn::RawOutput> outputs;
  while (next_batch(batch)) {
    inputs.clear();
    outputs.clear();
    for (const BatchJob* job : batch) {
      inputs.push_back(job->input);
      outputs.push_back(job->output);
    }
    std::exception_ptr error;
    const auto start = std::chrono::steady_clock::now();
    try {
      context.run(inputs, outputs);
    } catch (...) {
      error = std::current_exception();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    on_batch_(batch.size(), seconds.count());
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      --running_;
      wake = has_batch();
    }
    if (wake) wake_.notify_one();
    deliver(batch, error);
  }
}

}  // namespace hayago::search
