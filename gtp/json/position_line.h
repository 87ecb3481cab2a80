// Positions as JSON lines: input fields that build a game state, and every field computed from it
// (board, legality, counters, areas, scores, network inputs). The format is that of the feature
// reference data, so that the two can be compared line by line.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "search/board/game_state.h"
#include "search/features/features.h"
#include "search/features/metadata.h"

namespace hayago::gtp {

struct PositionLine {
  search::GameState state;
  search::NnInputParams params;
  int nn_x = 0, nn_y = 0;                       // size of the network's buffer
  std::optional<search::HumanProfile> profile;  // from "meta": {"profile": ...}
};

// Reads the input fields; the error names the field. boardXSize and boardYSize are required, the
// rest defaults to an empty Tromp-Taylor game. Other fields are ignored.
search::Parsed<PositionLine> read_position_line(const nlohmann::ordered_json& line);

// True for the fields that read_position_line() reads, and for "id" and "src".
bool is_position_input(const std::string& key);

// The computed fields in the order of the reference data; versions lists the input versions (3..7).
nlohmann::ordered_json computed_fields(const PositionLine& position,
                                       const std::vector<int>& versions);

}  // namespace hayago::gtp
