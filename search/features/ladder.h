// Ladder reading (spec/04 section 10), with the move and stone order of the reference so that even
// searches that hit the size limit agree.
#pragma once
#include <cstddef>
#include <vector>

#include "search/board/board.h"

namespace hayago::search {

struct LadderMap {
  PointSet captured;  // stones of chains of either colour that are ladder-captured
  // Moves that start a working ladder, by the colour of the chain that has two liberties.
  PointSet working_against_black, working_against_white;

  const PointSet& working_against(Player p) const {
    return p == Color::kBlack ? working_against_black : working_against_white;
  }
};

class LadderReader {
 public:
  // Moves one search may play before it gives up (and counts the chain as safe).
  static constexpr int kMaxMoves = 25000;

  explicit LadderReader(const Board& board);

  LadderMap read();  // all chains with one or two liberties

  // Moves played by all searches so far.
  long moves_played() const { return moves_played_; }

 private:
  void examine_chain(Loc first_stone, LadderMap& out);
  bool surely_escapes(Loc m, Loc q, Player owner) const;
  std::size_t push_liberties(Loc stone);

  // True if the chain at target_ is caught when the defender moves first.
  bool caught(Loc target);
  bool defender_to_move(int ply);
  bool attacker_to_move(int ply);
  std::size_t push_defences();
  void push_once(Loc l, std::size_t from);
  bool try_move(Loc l, Player p, int ply, bool good_if_caught);
  bool is_double_ko_trap(Loc p, Loc q) const;
  bool attackers_in_atari() const;
  int attack_priority(Loc l, int empty_neighbours) const;
  int empty_neighbours(Loc l) const;

  Board board_;
  std::vector<Loc> moves_;  // stack of the candidate lists of all plies
  Loc target_ = kNullLoc;
  Player defender_ = Color::kEmpty, attacker_ = Color::kEmpty;
  int moves_in_search_ = 0;
  long moves_played_ = 0;
  bool gave_up_ = false;
};

}  // namespace hayago::search
