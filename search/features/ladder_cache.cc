#include "search/features/ladder_cache.h"

#include <mutex>

namespace hayago::search {

LadderCache::LadderCache(int size_power_of_two) : entries_(std::size_t{1} << size_power_of_two) {}

LadderCache::Key LadderCache::key_of(const Board& board) {
  const auto ko = static_cast<std::uint64_t>(board.ko_loc());
  return {board.position_hash(), board.chain_order_digest() ^ mix64(ko)};
}

LadderCache::Entry& LadderCache::entry_for(const Key& key) {
  return entries_[(key.position.h0 ^ key.order) & (entries_.size() - 1)];
}

void LadderCache::store(const Key& key, const PointSet& captured) {
  Entry& entry = entry_for(key);
  const std::scoped_lock lock(entry.lock);
  entry.key = key;
  entry.captured = captured;
}

LadderMap LadderCache::read(const Board& board) {
  const LadderMap map = LadderReader(board).read();
  store(key_of(board), map.captured);
  return map;
}

PointSet LadderCache::captured(const Board& board) {
  const Key key = key_of(board);
  {
    Entry& entry = entry_for(key);
    const std::scoped_lock lock(entry.lock);
    if (entry.key == key) return entry.captured;
  }
  const PointSet captured = LadderReader(board).read().captured;
  store(key, captured);
  return captured;
}

}  // namespace hayago::search
