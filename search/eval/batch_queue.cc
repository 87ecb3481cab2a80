#include "search/eval/batch_queue.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace hayago::search {

BatchQueue::BatchQueue(const nn::Executor& executor, int width, int height, int max_batch,
                       int threads, std::function<void(std::size_t, double)> on_batch)
    : max_batch_(static_cast<std::size_t>(std::max(1, max_batch))), on_batch_(std::move(on_batch)) {
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
  const auto error = std::make_exception_ptr(
      std::runtime_error("the evaluator was shut down while a position waited for it"));
  for (Job* job : waiting_) finish(*job, error);
}

void BatchQueue::run(const nn::PositionInput& input, const nn::RawOutput& output) {
  Job job;
  job.input = input;
  job.output = output;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&job);
  }
  wake_.notify_one();
  std::unique_lock lock(job.mutex);
  job.finished.wait(lock, [&] { return job.done; });
  if (job.error) std::rethrow_exception(job.error);
}

void BatchQueue::finish(Job& job, const std::exception_ptr& error) {
  // Notified under the lock: the job lives on the waiting thread's stack and is gone afterwards.
  const std::lock_guard lock(job.mutex);
  job.error = error;
  job.done = true;
  job.finished.notify_one();
}

bool BatchQueue::next_batch(std::vector<Job*>& batch) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
  if (stop_) return false;
  batch.clear();
  while (!waiting_.empty() && batch.size() < max_batch_) {
    batch.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return true;
}

void BatchQueue::serve(nn::ExecContext& context) {
  std::vector<Job*> batch;
  std::vector<nn::PositionInput> inputs;
  std::vector<nn::RawOutput> outputs;
  while (next_batch(batch)) {
    inputs.clear();
    outputs.clear();
    for (const Job* job : batch) {
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
    for (Job* job : batch) finish(*job, error);
  }
}

}  // namespace hayago::search
