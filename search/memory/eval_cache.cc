#include "search/memory/eval_cache.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hayago::search {
namespace {

constexpr double kPassMargin = 0.05;  // in utility

// Map node, control block, heap headers.
std::size_t entry_bytes(const EvalCacheEntry& entry) {
  constexpr std::size_t kOverhead = 128;
  return sizeof(EvalCacheEntry) + entry.moves.capacity() * sizeof(RememberedMove) + kOverhead;
}

void absorb(Hash128& key, std::uint64_t value) {
  key.h0 = mix64(key.h0 ^ value);
  key.h1 = mix64(key.h1 + value) ^ key.h0;
}

// Passing may be chosen here for reasons that are no longer there when the position comes up below
// another root (spec/05 section 17).
bool is_about_passing(const std::vector<SearchedMove>& moves) {
  std::int64_t visits = 0;
  const SearchedMove* pass = nullptr;
  double best = -1e30;
  for (const SearchedMove& m : moves) {
    visits += m.edge_visits;
    if (m.move == kPassLoc) pass = &m;
    if (m.stats.visits > 0) best = std::max(best, m.self_utility);
  }
  if (pass == nullptr) return false;
  return 8 * pass->edge_visits >= visits ||
         (pass->stats.visits > 0 && pass->self_utility + kPassMargin >= best);
}

void remember_move(const SearchedMove& m, std::vector<RememberedMove>& list) {
  const auto weight = static_cast<float>(m.stats.visits);
  auto at = std::lower_bound(list.begin(), list.end(), m.move,
                             [](const RememberedMove& r, Loc move) { return r.move < move; });
  if (at == list.end() || at->move != m.move) {
    at = list.insert(at, RememberedMove{.move = m.move});
  }
  if (weight < at->weight) return;
  at->win_loss = static_cast<float>(m.stats.win_loss);
  at->score_mean = static_cast<float>(m.stats.score_mean);
  at->weight = weight;
}

}  // namespace

EvalCacheEntryPtr EvalCache::find(const Hash128& key) const {
  const Shard& shard = shards_[key.h1 % kShards];
  const std::scoped_lock lock(shard.mutex);
  const auto it = shard.entries.find(key);
  return it == shard.entries.end() ? nullptr : it->second;
}

void EvalCache::store(const Hash128& key, EvalCacheEntry entry) {
  const std::size_t bytes = entry_bytes(entry);
  auto fresh = std::make_shared<const EvalCacheEntry>(std::move(entry));
  Shard& shard = shards_[key.h1 % kShards];
  const std::scoped_lock lock(shard.mutex);
  EvalCacheEntryPtr& place = shard.entries[key];
  if (place != nullptr) bytes_.fetch_sub(entry_bytes(*place), std::memory_order_relaxed);
  place = std::move(fresh);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void EvalCache::clear() {
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (const auto& item : shard.entries) {
      bytes_.fetch_sub(entry_bytes(*item.second), std::memory_order_relaxed);
    }
    shard.entries.clear();
  }
}

Hash128 params_key(const SearchParams& params) {
  Hash128 key{0x428A2F98D728AE22ULL, 0x7137449123EF65CDULL};
  for (const ParamInfo& info : param_list()) {
    for (const char c : get_param(params, info.key)) {
      absorb(key, static_cast<unsigned char>(c));
    }
    absorb(key, 256);  // no character
  }
  return key;
}

EvalCacheEntry updated_entry(const EvalCacheEntry* old, const NodeStats& own,
                             const std::vector<SearchedMove>& moves, std::int64_t min_visits,
                             bool is_root) {
  EvalCacheEntry entry;
  if (old != nullptr) entry = *old;
  for (const SearchedMove& m : moves) {
    if (m.stats.visits >= min_visits) remember_move(m, entry.moves);
  }
  if (is_root && is_about_passing(moves)) return entry;
  entry.win_loss = static_cast<float>(own.win_loss);
  entry.no_result = static_cast<float>(own.no_result);
  entry.score_mean = static_cast<float>(own.score_mean);
  entry.lead = static_cast<float>(own.lead);
  entry.weight = static_cast<float>(own.visits);
  return entry;
}

double remembered_share(const EvalCacheEntry& entry, double visits, std::int64_t min_visits) {
  if (!(entry.weight > 0)) return 0;
  const double weight = entry.weight;
  const double least = static_cast<double>(min_visits);
  const double capped = weight > least ? std::sqrt(least * weight) : weight;
  const double r = visits / capped;
  return 1 / (1 + 3 * r * (1 + 2 * r * r));
}

void pull_averages(const EvalCacheEntry& entry, double share, NodeStats& s) {
  const double mean_before = s.score_mean;
  const auto pull = [share](double& value, double target) { value += share * (target - value); };
  pull(s.win_loss, entry.win_loss);
  pull(s.no_result, entry.no_result);
  pull(s.score_mean, entry.score_mean);
  pull(s.lead, entry.lead);
  s.score_sq = std::max(0.0, s.score_sq - mean_before * mean_before + s.score_mean * s.score_mean);
}

}  // namespace hayago::search
