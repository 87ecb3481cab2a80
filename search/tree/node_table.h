// The table of all nodes but the root, by graph key: chained buckets that grow, with a fixed number
// of locks. Lookups take one lock; growing takes all.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "search/tree/node.h"

namespace hayago::search {

class NodeTable {
 public:
  // 2^lock_bits locks (nodeTableShardsPowerOfTwo). `account` outlives the table.
  NodeTable(int lock_bits, MemoryAccount& account);
  ~NodeTable() { account_.remove(bytes()); }
  NodeTable(const NodeTable&) = delete;
  NodeTable& operator=(const NodeTable&) = delete;

  // The node with this key and player to move; made by `make()` if there is none.
  template <class Make>
  Node* find_or_make(const Hash128& key, Player player, Make&& make) {
    if (size() > 2 * num_buckets_.load(std::memory_order_acquire)) grow();
    for (;;) {
      const std::size_t buckets = num_buckets_.load(std::memory_order_acquire);
      const std::scoped_lock lock(lock_for(key, buckets));
      if (num_buckets_.load(std::memory_order_acquire) != buckets) continue;  // grew meanwhile
      Node*& head = buckets_[key.h0 & (buckets - 1)];
      for (Node* node = head; node != nullptr; node = node->next_in_bucket) {
        if (node->key == key && node->next_player == player) return node;
      }
      Node* node = make();
      node->next_in_bucket = head;
      head = node;
      size_.fetch_add(1, std::memory_order_relaxed);
      return node;
    }
  }

  // Only while nothing else uses the table.
  template <class Keep>
  std::vector<Node*> remove_unless(Keep&& keep) {
    std::vector<Node*> removed;
    for (Node*& head : buckets_) {
      Node** link = &head;
      while (Node* node = *link) {
        if (keep(*node)) {
          link = &node->next_in_bucket;
        } else {
          *link = node->next_in_bucket;
          removed.push_back(node);
        }
      }
    }
    size_.fetch_sub(removed.size(), std::memory_order_relaxed);
    return removed;
  }
  template <class F>
  void for_each(F&& use) const {
    for (Node* head : buckets_) {
      for (Node* node = head; node != nullptr;) {
        Node* next = node->next_in_bucket;
        use(*node);
        node = next;
      }
    }
  }

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  std::size_t bytes() const {
    return num_buckets_.load(std::memory_order_relaxed) * sizeof(Node*) + num_locks_;
  }

 private:
  // With fewer buckets than locks, one lock per bucket; otherwise several buckets share a lock.
  SpinLock& lock_for(const Hash128& key, std::size_t buckets) {
    return locks_[key.h0 & (std::min(buckets, num_locks_) - 1)];
  }
  void grow();

  MemoryAccount& account_;
  std::size_t num_locks_;
  std::unique_ptr<SpinLock[]> locks_;
  std::vector<Node*> buckets_;
  std::atomic<std::size_t> num_buckets_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace hayago::search
