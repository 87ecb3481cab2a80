// Arguments of the analyze commands (spec/07 section 12.1).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "search/board/board.h"
#include "search/engine.h"

namespace hayago::gtp {

enum class AnalyzeStyle {
  kLz,     // integers per ten thousand
  kKata,   // decimals
  kSabaki  // decimals that always have a point
};

struct AnalyzeArgs {
  AnalyzeStyle style = AnalyzeStyle::kKata;
  search::Player player = search::Color::kBlack;
  std::optional<double> interval;  // centiseconds; absent = no periodic lines
  int min_moves = 0;
  int max_moves = 1000000000;
  bool root_info = false, ownership = false, ownership_stdev = false;
  bool moves_ownership = false, moves_ownership_stdev = false;
  bool pv_visits = false, pv_edge_visits = false, no_result_value = false;
  search::AvoidLists avoid;

  bool wants_ownership() const {
    return ownership || ownership_stdev || moves_ownership || moves_ownership_stdev;
  }
  // For Engine::start; <= 0 switches periodic reports off.
  double period_seconds() const;
};

// nullopt if a word does not fit; `problem` then says which one and what was expected. `next` is
// the player when no colour is given.
std::optional<AnalyzeArgs> parse_analyze_args(const std::vector<std::string>& words,
                                              AnalyzeStyle style, search::Player next,
                                              const search::Board& board,
                                              std::string* problem = nullptr);

}  // namespace hayago::gtp
