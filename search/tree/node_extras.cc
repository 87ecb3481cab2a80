#include "search/tree/node_extras.h"

#include <utility>

namespace hayago::search {

void NodeExtras::put(const Hash128& key, NodeExtra extra) {
  Shard& shard = shards_[shard_of(key)];
  const std::scoped_lock lock(shard.lock);
  const bool is_new = shard.extras.insert_or_assign(key, std::move(extra)).second;
  if (!is_new) return;
  count_.fetch_add(1, std::memory_order_relaxed);
  account_.add(kEntryBytes);
}

NodeExtra NodeExtras::find(const Hash128& key) const {
  if (count_.load(std::memory_order_relaxed) == 0) return {};
  const Shard& shard = shards_[shard_of(key)];
  const std::scoped_lock lock(shard.lock);
  const auto it = shard.extras.find(key);
  return it == shard.extras.end() ? NodeExtra{} : it->second;
}

void NodeExtras::erase(const Hash128& key) {
  if (count_.load(std::memory_order_relaxed) == 0) return;
  Shard& shard = shards_[shard_of(key)];
  const std::scoped_lock lock(shard.lock);
  if (shard.extras.erase(key) == 0) return;
  count_.fetch_sub(1, std::memory_order_relaxed);
  account_.remove(kEntryBytes);
}

}  // namespace hayago::search
