// Ladder-captured stones of recent boards. A search evaluates a position after the one it came
// from, and the inputs of a position repeat the ladders of the two boards before it.
#pragma once
#include <vector>

#include "search/board/board.h"
#include "search/features/ladder.h"
#include "search/sync/spin_lock.h"

namespace hayago::search {

// Shared by threads. A board is known by its stones, ko point and order of stones in chains, which
// is all a ladder search depends on, so that an answer is the same with and without the cache.
class LadderCache {
 public:
  explicit LadderCache(int size_power_of_two = 14);

  // Reads the board and remembers what is captured.
  LadderMap read(const Board& board);
  // From memory if possible.
  PointSet captured(const Board& board);

 private:
  struct Key {
    Hash128 position;
    std::uint64_t order = 0;  // and ko point
    bool operator==(const Key&) const = default;
  };
  struct Entry {
    SpinLock lock;
    Key key;
    PointSet captured;
  };
  static Key key_of(const Board& board);
  Entry& entry_for(const Key& key);
  void store(const Key& key, const PointSet& captured);

  std::vector<Entry> entries_;  // one place for a key; the newest board gets it
};

}  // namespace hayago::search
