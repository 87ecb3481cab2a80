// Two networks on the same positions: what a player would notice, position by position and in sum.
#pragma once
#include <array>
#include <functional>
#include <span>
#include <vector>

#include "gtp/accuracy/accuracy.h"
#include "gtp/accuracy/positions.h"
#include "nn/exec/executor.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

enum class Phase { kOpening, kMiddle, kEnd };
inline constexpr std::size_t kPhases = 3;
const char* phase_name(Phase phase);
// By the moves before the position; on 19x19 the first 50 are the opening, and from move 150 on it
// is the end; on other boards in proportion to their points.
Phase phase_of(int move, int board_points);

// A move that one of the two likes.
struct MoveShare {
  search::Loc loc = search::kNullLoc;
  double a = 0, b = 0;  // probabilities
};

// Winrates and leads are Black's: percent and points.
struct PositionComparison {
  Phase phase = Phase::kOpening;
  Difference difference;
  search::Loc best_a = search::kNullLoc, best_b = search::kNullLoc;
  double winrate_a = 50, winrate_b = 50, lead_a = 0, lead_b = 0;
  std::vector<MoveShare> moves;  // the likeliest of both, by the larger share

  // One number to rank by: 1 where winrate (1.5 points), policy (KL 0.05) or lead (3 points) is
  // just as far off as a good int8 network may be in one position of a hundred.
  double severity() const;
};

struct Comparison {
  Accuracy all;
  std::array<Accuracy, kPhases> phases;
  std::vector<PositionComparison> positions;  // in the order of the set
  // Positions by severity, worst first, at most `count`, and at most two of a game.
  std::vector<std::size_t> worst(std::size_t count, std::span<const PositionOrigin> origins) const;
};

// `step` is called after every position, from any thread. Rethrows the first error of a thread.
Comparison compare_positions(const nn::Executor& a, const nn::Executor& b, const PositionSet& set,
                             int threads, const std::function<void()>& step = {});

}  // namespace hayago::gtp
