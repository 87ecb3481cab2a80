#include "search/tree/bias_table.h"

namespace hayago::search {
namespace {

void absorb(Hash128& key, std::uint64_t value) {
  key.h0 = mix64(key.h0 ^ value);
  key.h1 = mix64(key.h1 + value) ^ key.h0;
}

}  // namespace

bool bias_key(const GameState& state, Hash128& key) {
  const auto& moves = state.moves();
  if (moves.size() < 2) return false;
  const Move last = moves.back();
  const Loc before_last = moves[moves.size() - 2].loc;
  if (last.loc == kPassLoc || last.loc == kNullLoc || before_last == kNullLoc) return false;

  const Board& board = state.recent_board(1);
  key = Hash128{0x1F83D9ABFB41BD6BULL, 0x5BE0CD19137E2179ULL};
  absorb(key, static_cast<std::uint64_t>(before_last) << 32 |
                  static_cast<std::uint64_t>(last.loc) << 8 |
                  static_cast<std::uint64_t>(last.player));
  absorb(key, static_cast<std::uint64_t>(board.ko_loc()));
  const int x0 = board.x_of(last.loc), y0 = board.y_of(last.loc);
  // Cells off the board count like empty ones; the location tells them apart.
  for (int dy = -2; dy <= 2; ++dy) {
    std::uint64_t row = 0;
    for (int dx = -2; dx <= 2; ++dx) {
      const int x = x0 + dx, y = y0 + dy;
      std::uint64_t cell = 0;
      if (x >= 0 && x < board.x_size() && y >= 0 && y < board.y_size()) {
        const Loc l = board.loc(x, y);
        const Color color = board.at(l);
        cell = static_cast<std::uint64_t>(color);
        if (color != Color::kEmpty && board.liberties(l) == 1) cell |= 4;
      }
      row = row << 3 | cell;
    }
    absorb(key, row);
  }
  return true;
}

BiasEntry* BiasTable::use(const Hash128& key) {
  Shard& shard = shards_[key.h1 % kShards];
  const std::scoped_lock lock(shard.lock);
  const auto [it, is_new] = shard.entries.try_emplace(key);
  if (is_new) {
    bytes_.fetch_add(kEntryBytes, std::memory_order_relaxed);
    account_.add(kEntryBytes);
  }
  it->second.users.fetch_add(1, std::memory_order_relaxed);
  return &it->second;
}

void BiasTable::drop_unused() {
  for (Shard& shard : shards_) {
    const std::size_t dropped = std::erase_if(shard.entries, [](const auto& item) {
      return item.second.users.load(std::memory_order_relaxed) == 0;
    });
    bytes_.fetch_sub(dropped * kEntryBytes, std::memory_order_relaxed);
    account_.remove(dropped * kEntryBytes);
  }
}

}  // namespace hayago::search
