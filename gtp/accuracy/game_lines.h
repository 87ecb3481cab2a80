// Games from JSON lines: queries of the analysis protocol (spec/08) and lines of `hayago features`.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "gtp/accuracy/source_games.h"

namespace hayago::gtp {

// A line with a text "id" is a query and asks for the positions of its turns, actions are passed
// over; any other line is a position. Lines that cannot be read are named in `warnings`, at most
// the first twenty of a file. Throws std::runtime_error if the file cannot be read.
std::vector<GameRecord> read_game_lines(const std::string& file,
                                        std::vector<std::string>& warnings);

// Size, stones and moves as text; that of a longer game begins with that of a shorter one.
std::string moves_text(const search::Board& start, std::span<const search::Move> moves);

}  // namespace hayago::gtp
