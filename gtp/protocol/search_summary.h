// Descriptions of a finished search for people (spec/07 section 16.3).
#pragma once
#include <string>

#include "gtp/protocol/analyze_format.h"
#include "search/engine.h"

namespace hayago::gtp {

// "MALKOVICH:Visits 20 Winrate 91.46% …": the form that server bridges relay as chat.
std::string chat_line(const search::SearchReport& report, const AnalyzeView& view,
                      const search::SearchParams& params, const search::Board& board);

// What a search summary tells beside the position.
struct SearchEffort {
  search::SearchStats search;
  search::EvaluatorStats network;  // of this search
};

// Board with the chosen point marked, effort, principal variation and the best moves; with
// `chosen_branch` also what lies below the chosen move. Lines end in LF.
std::string search_summary(const search::BranchReport& root, const AnalyzeView& view,
                           const search::SearchParams& params, const search::GameState& state,
                           search::Loc chosen, const SearchEffort& effort,
                           const search::BranchReport* chosen_branch);

// The upper part of showboard: move number, hash, points with the last three moves numbered; the
// point `marked` shows as '@'. Lines end in LF.
std::string board_text(const search::GameState& state, search::Loc marked = search::kNullLoc);

}  // namespace hayago::gtp
