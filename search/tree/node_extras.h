// What only some nodes have, and only while a feature that needs it is on: kept beside the tree, so
// that nodes stay small. A node is found by its key (Node::key), which nothing else in the tree
// shares.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "search/board/hash.h"
#include "search/eval/evaluation.h"
#include "search/sync/spin_lock.h"

namespace hayago::search {

struct EvalCacheEntry;

struct NodeExtra {
  Hash128 pattern;  // of the move that made the node (memory/pattern_bonus.h); zero: none
  double pattern_utility = 0;                        // White's view, for the running search
  std::shared_ptr<const EvalCacheEntry> remembered;  // of an earlier search (memory/eval_cache.h)

  bool empty() const { return pattern == Hash128{} && remembered == nullptr; }
};

// Thread-safe.
class NodeExtras {
 public:
  // Reports its memory to `account`, which outlives it.
  explicit NodeExtras(MemoryAccount& account) : account_(account) {}
  ~NodeExtras() { account_.remove(bytes()); }
  NodeExtras(const NodeExtras&) = delete;
  NodeExtras& operator=(const NodeExtras&) = delete;

  void put(const Hash128& key, NodeExtra extra);
  // An empty one if there is none.
  NodeExtra find(const Hash128& key) const;
  void erase(const Hash128& key);
  template <class F>
  void for_each(F&& use) {
    for (Shard& shard : shards_) {
      const std::scoped_lock lock(shard.lock);
      for (auto& item : shard.extras) use(item.second);
    }
  }
  std::size_t bytes() const { return count_.load(std::memory_order_relaxed) * kEntryBytes; }

 private:
  struct KeyHash {
    std::size_t operator()(const Hash128& key) const { return key.h0; }
  };
  struct Shard {
    mutable SpinLock lock;
    std::unordered_map<Hash128, NodeExtra, KeyHash> extras;
  };
  static constexpr std::size_t kShards = 64;
  // Map node with its allocator header and its share of the buckets.
  static constexpr std::size_t kEntryBytes = sizeof(Hash128) + sizeof(NodeExtra) + 48;
  static std::size_t shard_of(const Hash128& key) { return key.h1 % kShards; }

  MemoryAccount& account_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace hayago::search
