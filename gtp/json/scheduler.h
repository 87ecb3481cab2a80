// Runs the tasks of analysis queries on worker threads (spec/08 section 4).
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtp/json/query.h"
#include "search/engine.h"

namespace hayago::gtp {

struct SchedulerOptions {
  int threads = 1;  // positions searched at the same time
  search::Evaluator* evaluator = nullptr;
  search::Evaluator* human_evaluator = nullptr;  // may be null
  std::string rand_seed;                         // workers add their number
  // Of all workers together; may be null.
  std::shared_ptr<const search::PatternTable> patterns;
  std::shared_ptr<search::EvalCache> eval_cache;
  // Called from any thread with one response; must be thread-safe.
  std::function<void(const nlohmann::json&)> respond;
  // Called with lines for the log.
  std::function<void(const std::string&)> log = {};
};

class Scheduler {
 public:
  explicit Scheduler(const SchedulerOptions& options);
  // As stop_now().
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // One task per turn. Each gets exactly one final response unless stop_now() is called.
  void add(std::shared_ptr<const AnalysisQuery> query);
  // Waiting tasks are answered without results before this returns, running ones stop soon.
  // nullopt: any id, any turn.
  void terminate(const std::optional<std::string>& id,
                 const std::optional<std::vector<std::int64_t>>& turns);
  // Finishes everything.
  void wait_until_done();
  // Drops waiting tasks and stops running ones; nothing is responded from then on.
  void stop_now();

 private:
  struct Task;
  using TaskPtr = std::shared_ptr<Task>;

  // Under mutex_. The waiting tasks that match leave the queue; running ones are stopped.
  std::vector<TaskPtr> drop_or_stop(const std::optional<std::string>& id,
                                    const std::optional<std::vector<std::int64_t>>& turns);
  void work(int number);
  TaskPtr take_waiting();  // under mutex_
  TaskPtr sleep_until_handed();
  nlohmann::json run(search::Engine& engine, Task& task);
  void search(search::Engine& engine, Task& task, const search::GameState& state);
  void report_during_search(search::Engine& engine, const Task& task,
                            const search::GameState& state);
  TaskPtr finish(Task& task, const nlohmann::json& response);
  void respond(const nlohmann::json& response);

  SchedulerOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;  // new task, task done, quit
  std::uint64_t arrivals_ = 0;
  std::map<std::uint64_t, TaskPtr> open_;                     // by arrival
  std::set<std::pair<std::int64_t, std::uint64_t>> waiting_;  // (-priority, arrival)
  std::deque<TaskPtr> handed_out_;  // to idle workers that have not woken up yet
  std::size_t idle_ = 0;            // workers waiting for a task
  std::atomic<bool> quit_{false};
  std::vector<std::thread> workers_;
};

}  // namespace hayago::gtp
