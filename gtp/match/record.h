// One finished game of a match, as it is kept and counted.
#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hayago::gtp {

enum class GameEnd {
  kScore,
  kResignation,
  kAgreement,  // both players see the same winner (--resign-winrate)
  kTime,
  kIllegalMove,
  kFailure,   // an engine died, did not answer or refused a legal move
  kMoveLimit  // scored as it stands after --max-moves
};

// Seen from A, the first player of the match. Games 2n and 2n+1 share an opening; A is Black in the
// first of them.
struct MatchGame {
  int number = 0;
  bool a_is_black() const { return number % 2 == 0; }
  int pair() const { return number / 2; }

  int half_points = 0;  // of A: 0, 1, 2
  std::string result;   // as in SGF: "B+3.5", "W+R", "W+T", "0"
  GameEnd end = GameEnd::kScore;
  std::vector<std::string> opening;            // its moves
  int moves = 0;                               // opening included
  std::array<int, 2> searches{};               // moves that A and B have thought about
  std::array<double, 2> seconds{}, longest{};  // all of them, and the longest
  std::array<std::int64_t, 2> visits{};
  bool disputed = false;  // an external engine names another winner
  std::string note;       // what went wrong
  std::string sgf;
};

std::string_view to_string(GameEnd end);
nlohmann::ordered_json to_json(const MatchGame& game);
// Throws nlohmann::json::exception or std::invalid_argument.
MatchGame match_game_from_json(const nlohmann::json& json);

}  // namespace hayago::gtp
