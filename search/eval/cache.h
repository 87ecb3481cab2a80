// The network result cache (spec/05 section 5.2): direct-mapped with 2^n places, newest wins,
// spread over locked shards. Places cost memory only once they are used.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "search/board/hash.h"
#include "search/eval/evaluation.h"

namespace hayago::search {

class ResultCache {
 public:
  // 0 <= size_power_of_two <= 48. lock_power_of_two is an upper bound. max_bytes = 0: no limit.
  ResultCache(int size_power_of_two, int lock_power_of_two, std::size_t max_bytes);

  // Null if absent.
  EvaluationRef find(const Hash128& key) const;
  // Replaces whatever had the place. If that exceeds max_bytes, other entries go until it fits;
  // bytes() may exceed the limit by the entries being stored at that moment, one per thread.
  void store(const Hash128& key, EvaluationRef output);
  void clear();
  // Entries go until at most this many bytes are left.
  void shrink_to(std::size_t max_bytes);
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // The part of bytes() that is not in the evaluations themselves.
  std::size_t overhead_bytes() const;

 private:
  struct Entry {
    Hash128 key;
    EvaluationRef output;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, Entry> entries;  // by place
    std::size_t sweep = 0;                             // bucket where the next eviction looks first
  };
  static std::size_t entry_bytes(const Evaluation& output);
  std::uint64_t place(const Hash128& key) const { return key.h0 & place_mask_; }
  Shard& shard(std::uint64_t place) const { return shards_[place & shard_mask_]; }
  bool evict_one(Shard& shard);

  std::uint64_t place_mask_, shard_mask_;
  std::size_t max_bytes_;
  std::unique_ptr<Shard[]> shards_;
  std::atomic<std::size_t> bytes_{0}, entries_{0};
  std::atomic<std::uint64_t> hand_{0};  // shard of the next eviction
};

}  // namespace hayago::search
