#include "search/eval/cache.h"

#include <algorithm>
#include <utility>

namespace hayago::search {
namespace {

// More locks than this gain nothing and cost start-up time.
constexpr int kMaxLockPower = 12;
// Hash node with its link, and its share of the buckets.
constexpr std::size_t kEntryOverhead = 64;

}  // namespace

ResultCache::ResultCache(int size_power_of_two, int lock_power_of_two, std::size_t max_bytes)
    : place_mask_((std::uint64_t{1} << size_power_of_two) - 1),
      shard_mask_(
          (std::uint64_t{1} << std::min({size_power_of_two, lock_power_of_two, kMaxLockPower})) -
          1),
      max_bytes_(max_bytes),
      shards_(std::make_unique<Shard[]>(static_cast<std::size_t>(shard_mask_) + 1)) {}

std::size_t ResultCache::entry_bytes(const Evaluation& output) {
  return output.bytes() + kEntryOverhead;
}

EvaluationRef ResultCache::find(const Hash128& key) const {
  const std::uint64_t p = place(key);
  const Shard& s = shard(p);
  const std::lock_guard lock(s.mutex);
  const auto it = s.entries.find(p);
  return it != s.entries.end() && it->second.key == key ? it->second.output : EvaluationRef();
}

void ResultCache::store(const Hash128& key, EvaluationRef output) {
  const std::uint64_t p = place(key);
  const std::size_t added = entry_bytes(*output);
  Entry previous;  // dies after the lock is released
  {
    Shard& s = shard(p);
    const std::lock_guard lock(s.mutex);
    Entry& entry = s.entries[p];
    previous = std::exchange(entry, Entry{key, std::move(output)});
    bytes_.fetch_add(added, std::memory_order_relaxed);
    if (previous.output) {
      bytes_.fetch_sub(entry_bytes(*previous.output), std::memory_order_relaxed);
    } else {
      entries_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (max_bytes_ > 0) shrink_to(max_bytes_);
}

std::size_t ResultCache::overhead_bytes() const {
  return entries_.load(std::memory_order_relaxed) * kEntryOverhead;
}

void ResultCache::shrink_to(std::size_t max_bytes) {
  // Two rounds without finding enough mean that other threads are shrinking, too.
  std::uint64_t looked_at = 0;
  while (bytes() > max_bytes && looked_at < 2 * (shard_mask_ + 1)) {
    Shard& victim = shard(hand_.fetch_add(1, std::memory_order_relaxed));
    if (!evict_one(victim)) ++looked_at;
  }
}

// Keys are random, so walking the buckets removes entries regardless of age or worth.
bool ResultCache::evict_one(Shard& s) {
  Entry removed;
  const std::lock_guard lock(s.mutex);
  if (s.entries.empty()) return false;
  const std::size_t buckets = s.entries.bucket_count();
  while (s.entries.bucket_size(s.sweep % buckets) == 0) ++s.sweep;
  const auto first = s.entries.begin(s.sweep % buckets);
  const std::uint64_t p = first->first;
  bytes_.fetch_sub(entry_bytes(*first->second.output), std::memory_order_relaxed);
  entries_.fetch_sub(1, std::memory_order_relaxed);
  removed = std::move(s.entries.find(p)->second);
  s.entries.erase(p);
  ++s.sweep;
  return true;
}

void ResultCache::clear() {
  for (std::uint64_t i = 0; i <= shard_mask_; ++i) {
    Shard& s = shards_[i];
    std::unordered_map<std::uint64_t, Entry> old;
    const std::lock_guard lock(s.mutex);
    old.swap(s.entries);
    entries_.fetch_sub(old.size(), std::memory_order_relaxed);
    for (const auto& [p, entry] : old) {
      bytes_.fetch_sub(entry_bytes(*entry.output), std::memory_order_relaxed);
    }
  }
}

}  // namespace hayago::search
