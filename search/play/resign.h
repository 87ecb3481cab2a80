// When to resign (spec/06 section 7).
#pragma once
#include "search/play/record.h"

namespace hayago::search {

struct ResignSettings {
  bool allowed = false;                 // allowResignation
  double threshold = -1;                // resignThreshold, -1 .. 0
  int consecutive_turns = 3;            // resignConsecTurns, 1 .. 100
  double min_score_difference = -1e10;  // resignMinScoreDifference, points
  double min_moves_per_area = 0;        // resignMinMovesPerBoardArea, 0 .. 1
};

// `state` before the move, `record` with the values of this very search already added (its last
// lead is the lead meant in the spec).
bool should_resign(const ResignSettings& settings, const GameState& state, Player player,
                   const PlayRecord& record);

}  // namespace hayago::search
