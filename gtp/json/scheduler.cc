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

Scheduler::Scheduler(const SchedulerOptions& options) : options_(options) {
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
      waiting_.emplace(-task->priority, task->arrival);
      open_.emplace(task->arrival, std::move(task));
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

Scheduler::TaskPtr Scheduler::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return quit_ || !waiting_.empty(); });
  if (quit_) return nullptr;
  const TaskPtr task = open_.at(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  return task;
}

void Scheduler::work(int number) {
  std::unique_ptr<search::Engine> engine;
  while (const TaskPtr task = take()) {
    try {
      if (!engine) {
        engine = std::make_unique<search::Engine>(
            task->query->params, options_.evaluator, options_.human_evaluator,
            options_.rand_seed + ":" + std::to_string(number), options_.log);
      }
      run(*engine, task);
      // The report has been sent; keep no memory for the next position.
      engine->clear_tree();
    } catch (const std::exception& error) {
      // A broken network or no memory concerns this task; the engine starts anew with the next.
      engine.reset();
      finish(task, error_response(std::string("The analysis of turn ") +
                                      std::to_string(task->turn) + " failed: " + error.what(),
                                  "", &task->query->id));
    }
  }
}

void Scheduler::run(search::Engine& engine, const TaskPtr& task) {
  const AnalysisQuery& query = *task->query;
  const search::GameState state = query.state_at(task->turn);
  engine.set_params(query.params);
  engine.set_prevent_cleanup_phase(query.prevent_cleanup);
  engine.set_always_include_ownership(query.report.ownership || query.report.ownership_stdev ||
                                      query.report.moves_ownership ||
                                      query.report.moves_ownership_stdev);
  engine.set_position(state);
  engine.clear_tree();
  engine.set_avoid_lists(query.avoid);
  const bool searched = search(engine, *task, state);
  search::SearchReport report;
  if (searched && engine.report(query.report, report)) {
    finish(task, result_response(query, task->turn, false, state, report));
  } else {
    finish(task, no_results_response(query.id, task->turn));
  }
}

// False if the task was terminated before its search began.
bool Scheduler::search(search::Engine& engine, Task& task, const search::GameState& state) {
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
    if (task.stop) return false;
    engine.start({}, clock.first_seconds(), clock.tick_seconds(), on_report);
    task.engine = &engine;
  }
  engine.wait();
  const std::lock_guard lock(mutex_);
  task.engine = nullptr;
  return true;
}

void Scheduler::report_during_search(search::Engine& engine, const Task& task,
                                     const search::GameState& state) {
  search::SearchReport report;
  if (!engine.report(task.query->report, report)) return;
  respond(result_response(*task.query, task.turn, true, state, report));
}

void Scheduler::finish(const TaskPtr& task, const json& response) {
  respond(response);
  {
    const std::lock_guard lock(mutex_);
    task->engine = nullptr;
    open_.erase(task->arrival);
  }
  wake_.notify_all();
}

void Scheduler::respond(const json& response) {
  if (!quit_) options_.respond(response);
}

}  // namespace hayago::gtp
