// One analysed position as text for people.
#pragma once
#include <string>
#include <vector>

#include "gtp/protocol/analyze_format.h"
#include "search/board/game_state.h"
#include "search/engine.h"

namespace hayago::gtp {

// "Values are Black's." and the like.
std::string perspective_text(Perspective perspective, search::Player to_move);

// Root values of the search and of the network alone, two lines.
std::string root_text(const search::RootReport& root, Perspective perspective);

// The best moves, at most `count`, with a head line.
std::string move_list_text(const search::SearchReport& report, const AnalyzeView& view,
                           const search::Board& board, int count);

// The likeliest moves of the network's policy, at most `count`, with a head line.
std::string policy_list_text(const nn::NetOutput& net, const search::Board& board, int count);

// Boards of numbers with coordinates: policy in percent ("-" where a move is illegal), ownership in
// percent of certainty, positive for the perspective's side. `values`: row-major, White positive.
std::string policy_board_text(const nn::NetOutput& net, const search::Board& board);
std::string ownership_board_text(const std::vector<double>& values, const search::Board& board,
                                 Perspective perspective, search::Player to_move);

}  // namespace hayago::gtp
