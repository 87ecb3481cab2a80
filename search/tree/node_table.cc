#include "search/tree/node_table.h"

#include <algorithm>

namespace hayago::search {
namespace {
constexpr std::size_t kFirstBuckets = 1024;
}

NodeTable::NodeTable(int lock_bits, MemoryAccount& account)
    : account_(account),
      num_locks_(std::size_t{1} << lock_bits),
      locks_(std::make_unique<SpinLock[]>(num_locks_)),
      buckets_(kFirstBuckets, nullptr),
      num_buckets_(kFirstBuckets) {
  account_.add(bytes());
}

void NodeTable::grow() {
  const std::size_t old_count = num_buckets_.load(std::memory_order_acquire);
  // All that are in use with so many buckets, in index order; everybody else holds at most one of
  // these and then waits for nothing.
  const std::size_t used_locks = std::min(old_count, num_locks_);
  for (std::size_t i = 0; i < used_locks; ++i) locks_[i].lock();
  if (num_buckets_.load(std::memory_order_acquire) == old_count) {  // nobody else was faster
    std::vector<Node*> bigger(old_count * 4, nullptr);
    for (Node* head : buckets_) {
      while (head != nullptr) {
        Node* next = head->next_in_bucket;
        Node*& target = bigger[head->key.h0 & (bigger.size() - 1)];
        head->next_in_bucket = target;
        target = head;
        head = next;
      }
    }
    buckets_.swap(bigger);
    num_buckets_.store(buckets_.size(), std::memory_order_release);
    account_.add((buckets_.size() - old_count) * sizeof(Node*));
  }
  for (std::size_t i = used_locks; i-- > 0;) locks_[i].unlock();
}

}  // namespace hayago::search
