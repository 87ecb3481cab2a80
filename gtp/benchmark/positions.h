// The positions a benchmark searches.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::gtp {

inline constexpr int kSmallestSampleBoard = 7, kLargestSampleBoard = 19;

// The built-in game of a board size, as SGF coordinates, two letters per move, Black first.
// Networks play such games against themselves; bench/match/make_games.py writes the table.
std::string_view sample_game(int size);

// All positions of a game under Tromp-Taylor rules: element i is the position before move i.
std::vector<search::GameState> sample_positions(int size);
std::vector<search::GameState> sgf_positions(const std::string& path);

// `count` of them, drawn always in the same way, in the order of the game; repeated only if there
// are fewer than `count`.
std::vector<search::GameState> choose_positions(const std::vector<search::GameState>& all,
                                                int count);

}  // namespace hayago::gtp
