#include "search/root/descent_loop.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace hayago::search {
namespace {

// Positions handed to the queue under one lock, as long as there are more descents to start.
constexpr std::size_t kSubmitTogether = 8;
// How long a thread sleeps without looking at the limits or at leaves of other threads.
constexpr double kLongestWait = 0.005;
constexpr auto kParkedPause = std::chrono::microseconds(30);

Descent& owner(const EvalJob& job) { return *static_cast<Descent*>(job.owner); }

}  // namespace

DescentLoop::DescentLoop(const SearchContext& c, Tree& tree, PlayoutThread& thread, int width,
                         SearchQuota& quota)
    : env_{c, tree, thread}, quota_(quota), net_(*c.net), inline_(net_.runs_inline()) {
  auto& descents = thread.descents;
  while (descents.size() < static_cast<std::size_t>(width)) {
    auto descent = std::make_unique<Descent>();
    descent->job = net_.make_job();
    descent->job->owner = descent.get();
    descents.push_back(std::move(descent));
  }
  for (int i = width; i-- > 0;) idle_.push_back(descents[static_cast<std::size_t>(i)].get());
}

void DescentLoop::run() {
  for (;;) {
    if (quota_.should_end()) break;
    if (submitted_ > 0) collect_results(0);
    if (!parked_.empty()) resume_parked();
    if (!idle_.empty() && quota_.take_ticket()) {
      start_one();
      if (!inline_ && prepared_.size() >= kSubmitTogether) submit();
      continue;
    }
    if (prepared_.empty() && submitted_ == 0 && parked_.empty()) break;
    if (!prepared_.empty()) {
      inline_ ? evaluate_here() : submit();
    } else {
      wait();
    }
  }
  drain();
}

void DescentLoop::start_one() {
  Descent& descent = *idle_.back();
  idle_.pop_back();
  settle(descent, [&] { return start_playout(env_, descent, quota_.visits_left()); });
}

void DescentLoop::resume_parked() {
  std::vector<Descent*> waiting;
  waiting.swap(parked_);
  for (Descent* descent : waiting) {
    if (!can_resume(*descent)) {
      parked_.push_back(descent);
      continue;
    }
    settle(*descent, [&] { return resume_playout(env_, *descent, quota_.visits_left()); });
  }
}

// Takes one step of a descent and puts it where it belongs afterwards.
void DescentLoop::settle(Descent& descent, const std::function<Progress()>& step) {
  try {
    switch (step()) {
      case Progress::kEvaluating:
        prepared_.push_back(descent.job.get());
        return;
      case Progress::kParked:
        parked_.push_back(&descent);
        return;
      case Progress::kDone:
        quota_.count_playout();
        break;
      case Progress::kNotCounted:
        quota_.give_ticket_back();
        break;
    }
  } catch (...) {
    quota_.give_ticket_back();
    quota_.fail(std::current_exception());
  }
  idle_.push_back(&descent);
}

void DescentLoop::complete(Descent& descent) {
  net_.finish(*env_.thread.eval, *descent.job);
  settle(descent, [&] { return complete_playout(env_, descent); });
}

void DescentLoop::evaluate_here() {
  const auto most = static_cast<std::size_t>(net_.max_inline_batch());
  const auto end =
      prepared_.begin() + static_cast<std::ptrdiff_t>(std::min(most, prepared_.size()));
  const std::vector<EvalJob*> jobs(prepared_.begin(), end);
  prepared_.erase(prepared_.begin(), end);
  net_.run(*env_.thread.eval, jobs);
  for (EvalJob* job : jobs) complete(owner(*job));
}

void DescentLoop::submit() {
  submitted_ += prepared_.size();
  net_.submit(*env_.thread.eval, prepared_);
  prepared_.clear();
}

void DescentLoop::collect_results(double seconds) {
  arrived_.clear();
  net_.collect(*env_.thread.eval, seconds, arrived_);
  submitted_ -= arrived_.size();
  for (EvalJob* job : arrived_) complete(owner(*job));
}

void DescentLoop::wait() {
  if (submitted_ > 0) {
    collect_results(kLongestWait);
  } else {
    // Only leaves of other threads are missing.
    const auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(kParkedPause);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    parked_seconds_ += seconds.count();
  }
}

void DescentLoop::abandon(Descent& descent, bool evaluating) {
  abandon_playout(env_, descent, evaluating);
  quota_.give_ticket_back();
  idle_.push_back(&descent);
}

// What is inside the evaluator has to come back, its buffers are ours.
void DescentLoop::drain() {
  for (EvalJob* job : std::exchange(prepared_, {})) abandon(owner(*job), true);
  while (submitted_ > 0) collect_results(kLongestWait);
  for (Descent* descent : std::exchange(parked_, {})) abandon(*descent, false);
}

}  // namespace hayago::search
