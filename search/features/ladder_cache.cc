#include "search/features/ladder_cache.h"

namespace hayago::search {

LadderCache::LadderCache(int size_power_of_two) : entries_(std::size_t{1} << size_power_of_two) {}

LadderCache::Key LadderCache::key_of(const Board& board) {
  const auto ko = static_cast<std::uint64_t>(board.ko_loc());
  return {board.position_hash(), board.chain_order_digest() ^ mix64(ko)};
}

std::size_t LadderCache::slot_of(const Key& key) const {
  return (key.position.h0 ^ key.order) & (entries_.size() - 1);
}

void LadderCache::store(const Key& key, const PointSet& captured) {
  const std::size_t slot = slot_of(key);
  const std::scoped_lock lock(locks_[slot % kLocks]);
  entries_[slot] = {key, captured};
}

LadderMap LadderCache::read(const Board& board) {
  const LadderMap map = LadderReader(board).read();
  store(key_of(board), map.captured);
  return map;
}

PointSet LadderCache::captured(const Board& board) {
  const Key key = key_of(board);
  const std::size_t slot = slot_of(key);
  {
    const std::scoped_lock lock(locks_[slot % kLocks]);
    if (entries_[slot].key == key) return entries_[slot].captured;
  }
  const PointSet captured = LadderReader(board).read().captured;
  store(key, captured);
  return captured;
}

}  // namespace hayago::search
