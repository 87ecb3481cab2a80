// A utility for or against moves by their local pattern: against repeating oneself within a game,
// or against what was played in other games (spec/05 section 13).
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <unordered_map>

#include "search/board/game_state.h"

namespace hayago::search {

// A symmetry of the board, and whether black and white change places.
struct PatternView {
  int symmetry = 0;
  bool swap_colors = false;
};

// Key of a move on the board before it, as it looks under `view`: mover, place, board size and the
// 9x9 points around it with marks on stones in atari. None for passes and ko captures, which recur
// by nature.
std::optional<Hash128> pattern_key(const Board& before, Loc move, Player mover,
                                   const PatternView& view = {});

// The patterns that a move stands for in other games: turned and mirrored, with both colours.
// `use(key, mover)`; symmetric positions give the same key more than once.
void for_each_view(const Board& before, const Move& move,
                   const std::function<void(const Hash128& key, Player mover)>& use);

// Utilities for White by pattern. Not thread-safe while it changes.
class PatternTable {
 public:
  double utility(const Hash128& key) const {
    const auto it = utilities_.find(key);
    return it == utilities_.end() ? 0.0 : it->second;
  }
  void add(const Hash128& key, double white_utility) { utilities_[key] += white_utility; }
  std::size_t size() const { return utilities_.size(); }

  struct KeyHash {
    std::size_t operator()(const Hash128& key) const { return key.h0; }
  };

 private:
  std::unordered_map<Hash128, double, KeyHash> utilities_;
};

// The patterns of all moves of `player` in the game up to `state`, in all symmetries, each worth
// `utility` less for the player.
PatternTable patterns_of_game(const GameState& state, Player player, double utility);

}  // namespace hayago::search
