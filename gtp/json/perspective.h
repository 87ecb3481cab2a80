// Whose values a report shows (key reportAnalysisWinratesAs).
#pragma once
#include <optional>
#include <string_view>

#include "gtp/config/config.h"
#include "search/board/board.h"

namespace hayago::gtp {

enum class Perspective { kBlack, kWhite, kSideToMove };

// BLACK or B, WHITE or W, SIDETOMOVE in any case.
std::optional<Perspective> parse_perspective(std::string_view text);
// The key, or kSideToMove. Throws ConfigError.
Perspective load_perspective(const Config& config);

// Are White's values to be negated for a root where `to_move` moves?
inline bool flips_values(Perspective perspective, search::Player to_move) {
  return perspective == Perspective::kBlack ||
         (perspective == Perspective::kSideToMove && to_move == search::Color::kBlack);
}

}  // namespace hayago::gtp
