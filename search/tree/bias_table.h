// The subtree value bias: how wrong the network was after a local pattern, learned during the
// search (spec/05 section 12).
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "search/board/game_state.h"
#include "search/eval/evaluation.h"
#include "search/sync/spin_lock.h"

namespace hayago::search {

// Shared by all nodes whose creating move has the same local pattern.
struct BiasEntry {
  SpinLock lock;
  double delta_sum = 0, weight_sum = 0;  // under lock
  std::atomic<int> users{0};             // nodes that point here

  // factor * average error, 0 while there is too little weight.
  double correction(double factor) {
    const std::scoped_lock guard(lock);
    return correction_locked(factor);
  }
  // Adds what the entry's average error is made of; returns the correction after that.
  double add(double delta, double weight, double factor) {
    const std::scoped_lock guard(lock);
    delta_sum += delta;
    weight_sum += weight;
    return correction_locked(factor);
  }
  void take_back(double delta, double weight) {
    const std::scoped_lock guard(lock);
    delta_sum -= delta;
    weight_sum -= weight;
  }

 private:
  double correction_locked(double factor) const {
    return weight_sum > 0.001 ? factor * delta_sum / weight_sum : 0.0;
  }
};

// Key of the pattern of the last move of `state`; false if there is none (a pass, or fewer than two
// moves in the history).
bool bias_key(const GameState& state, Hash128& key);

class BiasTable {
 public:
  // `account` outlives the table.
  explicit BiasTable(MemoryAccount& account) : account_(account) { account_.add(bytes()); }
  ~BiasTable() { account_.remove(bytes()); }
  BiasTable(const BiasTable&) = delete;
  BiasTable& operator=(const BiasTable&) = delete;

  // Thread-safe. The entry has one user more.
  BiasEntry* use(const Hash128& key);
  // Only while nothing else uses the table.
  void drop_unused();
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct KeyHash {
    std::size_t operator()(const Hash128& key) const { return key.h0; }
  };
  struct Shard {
    SpinLock lock;
    std::unordered_map<Hash128, BiasEntry, KeyHash> entries;
  };
  static constexpr std::size_t kShards = 64;
  // Map node with its allocator header and its share of the buckets.
  static constexpr std::size_t kEntryBytes = sizeof(Hash128) + sizeof(BiasEntry) + 48;

  MemoryAccount& account_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> bytes_{sizeof(shards_)};
};

}  // namespace hayago::search
