// Values that earlier searches have found, for when their positions come up again (spec/05 section
// 15). Off unless useEvalCache.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "search/board/board.h"
#include "search/params.h"
#include "search/tree/node_stats.h"

namespace hayago::search {

// White's view. Weights are visits.
struct RememberedMove {
  Loc move = kNullLoc;
  float win_loss = 0, score_mean = 0, weight = 0;
};
struct EvalCacheEntry {
  float win_loss = 0, no_result = 0, score_mean = 0, lead = 0;
  float weight = 0;                   // 0: only the moves are known
  std::vector<RememberedMove> moves;  // by location
};
using EvalCacheEntryPtr = std::shared_ptr<const EvalCacheEntry>;

// Thread-safe. One table may serve several engines.
class EvalCache {
 public:
  EvalCacheEntryPtr find(const Hash128& key) const;
  void store(const Hash128& key, EvalCacheEntry entry);
  void clear();
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct KeyHash {
    std::size_t operator()(const Hash128& key) const { return key.h0; }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Hash128, EvalCacheEntryPtr, KeyHash> entries;
  };
  static constexpr std::size_t kShards = 64;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> bytes_{0};
};

// Values found with other parameters are other values: part of the key.
Hash128 params_key(const SearchParams& params);

// A child of a searched node, as far as its parent's entry cares.
struct SearchedMove {
  Loc move = kNullLoc;
  std::int64_t edge_visits = 0;
  double self_utility = 0;  // view of the player to move at the parent
  NodeStats stats;
};
// The entry of a node with statistics `own`, updated from `old` (null: none). `is_root`: the
// averages of a root at which passing is about as good as anything are not kept.
EvalCacheEntry updated_entry(const EvalCacheEntry* old, const NodeStats& own,
                             const std::vector<SearchedMove>& moves, std::int64_t min_visits,
                             bool is_root);

// How far averages of `visits` visits move towards a remembered entry, 0 to 1.
double remembered_share(const EvalCacheEntry& entry, double visits, std::int64_t min_visits);
// Moves all averages but the utility by that share.
void pull_averages(const EvalCacheEntry& entry, double share, NodeStats& averages);

}  // namespace hayago::search
