// What a match is: its players and conditions, as the command line gives them.
#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gtp/match/sprt.h"
#include "search/board/rules.h"
#include "search/time_control.h"

namespace hayago::gtp {

// One of the two players: an external engine if `command` is given, else a configuration of this
// program.
struct PlayerOptions {
  std::string name;
  std::string command;
  std::vector<std::string> configs, overrides;
  std::string model, human_model;
  bool is_external() const { return !command.empty(); }
};

enum class SgfOutput { kNone, kPerGame, kOneFile };
enum class ProgressOutput { kText, kJson, kNone };

struct MatchOptions {
  std::array<PlayerOptions, 2> players;  // A, B
  int games = 100;
  int parallel = 1;
  int visits = 0;  // 0: what the configurations say
  int x_size = 19, y_size = 19;
  search::Rules rules;                  // with komi
  std::string openings;                 // SGF file or folder; "" = random ones
  std::string opening_kind = "policy";  // or "uniform"
  int opening_moves = -1;  // -1: of random ones a number that suits the board, of records all
  std::string seed = "match";
  std::string time_text;
  std::optional<search::TimeControl> time;
  double time_tolerance = 0.05;  // seconds per move for pipes; external engines only
  double move_timeout = 300;     // seconds until an external engine without a clock is given up
  int max_moves = 0;
  double resign_winrate = 0;  // 0: nobody resigns by agreement
  int resign_moves = 6;
  std::optional<SprtSettings> sprt;
  std::string out = "match";
  SgfOutput sgf = SgfOutput::kPerGame;
  bool comments = false;
  ProgressOutput progress = ProgressOutput::kText;

  bool has_local_player() const { return !players[0].is_external() || !players[1].is_external(); }
};

// Everything that a result depends on, by name. A directory only takes games of one match, and
// games of different conditions are different matches. The number of games and how many run at the
// same time are not part of it.
nlohmann::ordered_json match_conditions(const MatchOptions& options);

// The key and both values of the first difference, or "".
std::string first_difference(const nlohmann::ordered_json& recorded,
                             const nlohmann::ordered_json& wanted);

}  // namespace hayago::gtp
