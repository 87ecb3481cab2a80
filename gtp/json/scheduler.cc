#include "gtp/json/scheduler.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "gtp/json/response.h"

namespace hayago::gtp {

using nlohmann::json;

namespace {

// When intermediate reports are due. The engine ticks with one period, from the first deadline on,
// once there are values; a first report that comes earlier than the period asks for faster ticks.
class ReportClock {
 public:
  explicit ReportClock(const AnalysisQuery& query)
      : first_(query.first_report_after), every_(query.report_every) {}

  bool wanted() const { return first_ > 0; }
  double first_seconds() const { return first_; }
  double tick_seconds() const {
    constexpr double kFastest = 0.01;
    return irregular() ? std::max(first_, kFastest) : every_;
  }
  // Called at every tick.
  bool due() {
    if (!irregular()) return true;
    const auto now = std::chrono::steady_clock::now();
    if (reported_ && (every_ <= 0 || now < next_)) return false;
    reported_ = true;
    next_ = now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                      std::chrono::duration<double>(every_));
    return true;
  }

 private:
  bool irregular() const { return every_ <= 0 || first_ < every_; }
  double first_, every_;
  bool reported_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace

struct Scheduler::Task {
  std::shared_ptr<const AnalysisQuery> query;
  int turn = 0;
  std::int64_t priority = 0;
  std::uint64_t arrival = 0;
  // Guarded by the scheduler's mutex.
  search::Engine* engine = nullptr;  // while its search can be stopped
  bool stop = false;                 // asked to stop before or while running
};

// Workers count as idle before their threads run, so that nothing depends on how soon that is.
Scheduler::Scheduler(const SchedulerOptions& options)
    : options_(options), idle_(static_cast<std::size_t>(options.threads)) {
  for (int i = 0; i < options_.threads; ++i) workers_.emplace_back([this, i] { work(i); });
}

Scheduler::~Scheduler() { stop_now(); }

void Scheduler::add(std::shared_ptr<const AnalysisQuery> query) {
  {
    const std::lock_guard lock(mutex_);
    for (const AnalysisTurn& turn : query->turns) {
      auto task = std::make_shared<Task>();
      task->query = query;
      task->turn = turn.turn;
      task->priority = turn.priority;
      task->arrival = arrivals_++;
      open_.emplace(task->arrival, task);
      // A free worker takes a task as it arrives, whatever the priorities of those behind it.
      if (idle_ > handed_out_.size()) {
        handed_out_.push_back(std::move(task));
      } else {
        waiting_.emplace(-task->priority, task->arrival);
      }
    }
  }
  wake_.notify_all();
}

void Scheduler::terminate(const std::optional<std::string>& id,
                          const std::optional<std::vector<std::int64_t>>& turns) {
  std::vector<TaskPtr> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped = drop_or_stop(id, turns);
  }
  for (const TaskPtr& task : dropped) respond(no_results_response(task->query->id, task->turn));
  wake_.notify_all();
}

std::vector<Scheduler::TaskPtr> Scheduler::drop_or_stop(
    const std::optional<std::string>& id, const std::optional<std::vector<std::int64_t>>& turns) {
  std::vector<TaskPtr> dropped;
  for (auto at = open_.begin(); at != open_.end();) {
    const TaskPtr task = at->second;
    const bool matches =
        (!id || task->query->id == *id) &&
        (!turns || std::find(turns->begin(), turns->end(), task->turn) != turns->end());
    if (matches && waiting_.erase({-task->priority, task->arrival}) > 0) {
      at = open_.erase(at);
      dropped.push_back(task);
      continue;
    }
    if (matches) {
      task->stop = true;
      if (task->engine != nullptr) task->engine->stop();
    }
    ++at;
  }
  return dropped;
}

void Scheduler::wait_until_done() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return open_.empty() || quit_; });
}

void Scheduler::stop_now() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
    waiting_.clear();
    for (const auto& [arrival, task] : open_) {
      task->stop = true;
      if (task->engine != nullptr) task->engine->stop();
    }
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

// Waiting tasks exist only while every idle worker has been handed one, so a worker either takes
// the best of the waiting tasks at once or counts as idle and sleeps until it is handed one.
Scheduler::TaskPtr Scheduler::take_waiting() {
  if (quit_ || waiting_.empty()) {
    ++idle_;
    return nullptr;
  }
  TaskPtr task = open_.at(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  return task;
}

Scheduler::TaskPtr Scheduler::sleep_until_handed() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return quit_ || !handed_out_.empty(); });
  --idle_;
  if (quit_) return nullptr;
  TaskPtr task = std::move(handed_out_.front());
  handed_out_.pop_front();
  return task;
}

void Scheduler::work(int number) {
  std::unique_ptr<search::Engine> engine;
  TaskPtr task;
  while (true) {
    if (!task) task = sleep_until_handed();
    if (!task) return;
    json response;
    try {
      if (!engine) {
        engine = std::make_unique<search::Engine>(
            task->query->params, options_.evaluator, options_.human_evaluator,
            options_.rand_seed + ":" + std::to_string(number), options_.log);
        engine->set_patterns(options_.patterns);
        engine->set_eval_cache(options_.eval_cache);
      }
      response = run(*engine, *task);
      engine->clear_tree();  // keeps no memory while idle
    } catch (const std::exception& error) {
      // A broken network or no memory concerns this task; the engine starts anew with the next.
      engine.reset();
      response = error_response(
          "The analysis of turn " + std::to_string(task->turn) + " failed: " + error.what(), "",
          &task->query->id);
    }
    task = finish(*task, response);
  }
}

json Scheduler::run(search::Engine& engine, Task& task) {
  const AnalysisQuery& query = *task.query;
  const search::GameState state = query.state_at(task.turn);
  engine.set_params(query.params);
  engine.set_prevent_cleanup_phase(query.prevent_cleanup);
  engine.set_always_include_ownership(query.report.ownership || query.report.ownership_stdev ||
                                      query.report.moves_ownership ||
                                      query.report.moves_ownership_stdev);
  engine.set_position(state);
  engine.clear_tree();
  engine.set_avoid_lists(query.avoid);
  search(engine, task, state);
  search::SearchReport report;
  bool has_values = engine.report(query.report, report);
  if (!has_values && !quit_) {
    // Terminated before the first evaluation. That one is worth having: the client gets values.
    search::SearchParams root_only = query.params;
    root_only.max_visits = 1;
    engine.set_params(root_only);
    engine.search({});
    has_values = engine.report(query.report, report);
  }
  return has_values ? result_response(query, task.turn, false, state, report)
                    : no_results_response(query.id, task.turn);
}

// Until a limit or a termination.
void Scheduler::search(search::Engine& engine, Task& task, const search::GameState& state) {
  ReportClock clock(*task.query);
  std::function<void()> on_report;
  if (clock.wanted()) {
    on_report = [&] {
      if (clock.due()) report_during_search(engine, task, state);
    };
  }
  {
    // Starting under the lock, so that a termination meets either no engine or a running search.
    const std::lock_guard lock(mutex_);
    if (task.stop) return;
    engine.start({}, clock.first_seconds(), clock.tick_seconds(), on_report);
    task.engine = &engine;
  }
  engine.wait();
  const std::lock_guard lock(mutex_);
  task.engine = nullptr;
}

void Scheduler::report_during_search(search::Engine& engine, const Task& task,
                                     const search::GameState& state) {
  search::SearchReport report;
  if (!engine.report(task.query->report, report)) return;
  respond(result_response(*task.query, task.turn, true, state, report));
}

// Returns the worker's next task, if one waits. It is chosen (or the worker counted as idle) before
// the response goes out, so that what a client sends because of it meets the state it expects.
Scheduler::TaskPtr Scheduler::finish(Task& task, const json& response) {
  TaskPtr next;
  {
    const std::lock_guard lock(mutex_);
    task.engine = nullptr;
    next = take_waiting();
  }
  respond(response);
  {
    const std::lock_guard lock(mutex_);
    open_.erase(task.arrival);
  }
  wake_.notify_all();
  return next;
}

void Scheduler::respond(const json& response) {
  if (!quit_) options_.respond(response);
}

}  // namespace hayago::gtp
