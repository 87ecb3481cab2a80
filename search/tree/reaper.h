// Frees trees and parts of trees in the background: releasing a million network outputs takes long
// enough to be felt.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "search/tree/tree.h"

namespace hayago::search {

class Reaper {
 public:
  Reaper();
  ~Reaper();  // waits until all is freed

  void free_tree(std::unique_ptr<Tree> tree);
  // Nodes that have left `tree`, which must live until wait().
  void free_nodes(Tree& tree, std::vector<Node*> nodes);
  void wait();
  // Of trees that are not freed yet (nodes that left a tree count there).
  std::size_t pending_bytes() const { return pending_bytes_.load(std::memory_order_relaxed); }

 private:
  bool idle() const;
  void loop();
  void add(std::function<void()> job);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool busy_ = false, quit_ = false;
  std::atomic<std::size_t> pending_bytes_{0};
  std::thread thread_;
};

}  // namespace hayago::search
