#include "search/tree/graph_key.h"

#include <bitset>
#include <vector>

#include "search/eval/evaluator.h"

namespace hayago::search {
namespace {

// Counts the empty points connected to `start` that are not in `seen` yet, up to `enough`.
int count_empty_region(const Board& board, Loc start, int enough, std::bitset<kLocCount>& seen) {
  std::array<Loc, kMaxArea> stack;
  std::size_t top = 0;
  int count = 0;
  stack[top++] = start;
  seen.set(static_cast<std::size_t>(start));
  const auto offsets = board.neighbour_offsets();
  while (top > 0 && count < enough) {
    const Loc l = stack[--top];
    ++count;
    for (const Loc offset : offsets) {
      const Loc next = static_cast<Loc>(l + offset);
      if (board.at(next) != Color::kEmpty || seen.test(static_cast<std::size_t>(next))) continue;
      seen.set(static_cast<std::size_t>(next));
      stack[top++] = next;
    }
  }
  return count;
}

Hash128 node_state_key(const GameState& state, double draw_equivalent_wins_for_white) {
  Hash128 key = state_key(state, draw_equivalent_wins_for_white);
  const std::uint64_t facts = (state.pass_would_end_phase(state.next_player()) ? 1u : 0u) |
                              (state.is_finished() ? 2u : 0u) |
                              (static_cast<std::uint64_t>(state.consecutive_ending_passes()) << 2);
  key.h0 ^= mix64(facts + 0x6A09E667F3BCC908ULL);
  key.h1 ^= mix64(facts + 0xBB67AE8584CAA73BULL);
  return key;
}

}  // namespace

bool ends_repetition_danger(const Board& board, Loc last, int bound) {
  if (last == kPassLoc || last == kNullLoc) return false;
  std::bitset<kLocCount> seen;
  if (board.at(last) == Color::kEmpty) {  // a suicide
    return count_empty_region(board, last, bound + 1, seen) > bound;
  }
  int count = board.chain_size(last);
  if (count + board.liberties(last) > bound) return true;
  const auto offsets = board.neighbour_offsets();
  Loc stone = last;
  do {
    for (const Loc offset : offsets) {
      const Loc next = static_cast<Loc>(stone + offset);
      if (board.at(next) != Color::kEmpty || seen.test(static_cast<std::size_t>(next))) continue;
      count += count_empty_region(board, next, bound + 1, seen);
      if (count > bound) return true;
    }
    stone = board.next_in_chain(stone);
  } while (stone != last);
  return false;
}

Hash128 next_graph_key(const Hash128& previous, const GameState& state, Loc last, int rep_bound,
                       double draw_equivalent_wins_for_white) {
  const Hash128 here = node_state_key(state, draw_equivalent_wins_for_white);
  if (last == kNullLoc || ends_repetition_danger(state.board(), last, rep_bound)) return here;
  // Not commutative, so that the order of the states counts.
  Hash128 mixed;
  mixed.h0 = mix64(previous.h0 ^ (previous.h1 << 1 | previous.h1 >> 63)) + here.h0;
  mixed.h1 = mix64(previous.h1 + 0x3C6EF372FE94F82BULL) + mixed.h0 + here.h1;
  return mixed;
}

Hash128 graph_key_of_game(const GameState& state, int rep_bound,
                          double draw_equivalent_wins_for_white) {
  GameState replay = state.before_first_move();
  Hash128 key = next_graph_key({}, replay, kNullLoc, rep_bound, draw_equivalent_wins_for_white);
  for (std::size_t i = 0; i < state.moves().size(); ++i) {
    const Move& move = state.moves()[i];
    replay.make_move(move.loc, move.player, state.prevent_flags()[i]);
    key = next_graph_key(key, replay, move.loc, rep_bound, draw_equivalent_wins_for_white);
  }
  return key;
}

Hash128 non_terminal_variant(const Hash128& key) {
  return {mix64(key.h0 ^ 0xA54FF53A5F1D36F1ULL), mix64(key.h1 ^ 0x510E527FADE682D1ULL)};
}

}  // namespace hayago::search
