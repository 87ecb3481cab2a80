#include "search/tree/node_table.h"

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
  // In index order; everybody else holds at most one of these and then waits for nothing.
  for (std::size_t i = 0; i < num_locks_; ++i) locks_[i].lock();
  const std::size_t old_count = buckets_.size();
  if (size() > 2 * old_count) {  // nobody else was faster
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
  for (std::size_t i = num_locks_; i-- > 0;) locks_[i].unlock();
}

}  // namespace hayago::search
