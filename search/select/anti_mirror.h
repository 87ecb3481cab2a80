// How selection reacts to mirror go (spec/05 section 14).
#pragma once
#include "search/context/context.h"

namespace hayago::search {

// Adjustments at one node; made once per selection.
class AntiMirror {
 public:
  // policy: of the node, to know whether the mirror of the last move is legal.
  AntiMirror(const SearchContext& c, const GameState& state, const std::vector<float>& policy);

  bool applies() const { return applies_; }
  // Raises the prior of mirror moves (for the mirrorer) and of moves about the centre (against
  // him).
  float prior(Loc move, float q) const;
  // Raises the utility (White's view) of moves that deserve a share of the visits.
  double explore(Loc move, double utility, double weight, double total_weight,
                 double parent_utility) const;

 private:
  double wish(Loc move) const;
  bool touches_center_chain(Loc move) const;
  double explore_mirror(double utility, double weight, double total, double rho) const;
  double explore_center(Loc move, double utility, double weight, double total,
                        double parent_utility, double rho) const;

  const SearchContext& c_;
  const MirrorInfo& mirror_;
  const GameState& state_;
  const Board& board_;
  bool applies_ = false;
  bool mirrorer_to_move_ = false, difficult_ = false;
  int depth_ = 0;
  double sign_ = 1;
  Loc last_ = kNullLoc, reply_ = kNullLoc;  // reply_: the mirror of the last move, or pass
};

}  // namespace hayago::search
