// Searches the positions of a game on several threads.
#pragma once
#include <functional>
#include <vector>

#include "gtp/report/game_report.h"
#include "gtp/sgf/sgf.h"
#include "search/engine.h"

namespace hayago::gtp {

struct AnalyseOptions {
  search::SearchParams params;
  int threads = 1;                         // positions at the same time, each with one engine
  int first_move = 1, last_move = 1;       // 1-based, inclusive
  std::function<void()> on_position = {};  // after each position, from any thread
};

// Values of the positions before first_move and after each move up to last_move. Rethrows the first
// error of a search (nn::NonFiniteOutput, std::bad_alloc, ...).
std::vector<PositionValue> analyse_positions(const SgfGame& game, const AnalyseOptions& options,
                                             search::Evaluator& evaluator);

}  // namespace hayago::gtp
