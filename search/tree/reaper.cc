#include "search/tree/reaper.h"

#include <utility>

namespace hayago::search {
namespace {

// A thread hand-over costs more than freeing this many nodes at once.
constexpr std::size_t kFewNodes = 100;

}  // namespace

Reaper::Reaper() : thread_([this] { loop(); }) {}

Reaper::~Reaper() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Reaper::free_tree(std::unique_ptr<Tree> tree) {
  if (tree == nullptr) return;
  // Jobs that still free nodes of this tree come first in any case.
  if (tree->nodes() < kFewNodes && idle()) return;
  const std::size_t bytes = tree->bytes();
  pending_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  // std::function wants copyable jobs.
  add([this, bytes, shared = std::shared_ptr<Tree>(std::move(tree))]() mutable {
    shared.reset();
    pending_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  });
}

void Reaper::free_nodes(Tree& tree, std::vector<Node*> nodes) {
  if (nodes.size() < kFewNodes) {
    tree.destroy(nodes);
    return;
  }
  add([&tree, nodes = std::move(nodes)] { tree.destroy(nodes); });
}

bool Reaper::idle() const {
  const std::scoped_lock lock(mutex_);
  return jobs_.empty() && !busy_;
}

void Reaper::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return jobs_.empty() && !busy_; });
}

void Reaper::add(std::function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void Reaper::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !jobs_.empty() || quit_; });
    if (jobs_.empty()) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace hayago::search
