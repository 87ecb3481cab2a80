// What kinds of games a teacher plays to make positions.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "search/board/rules.h"

namespace hayago::gtp {

template <class T>
struct Weighted {
  T what;
  double weight = 1;  // > 0, relative to that of the others
};

// "19:6,13:2,7-12": sizes or ranges of sizes, whose weight is that of all its sizes together.
// Throws ConfigError that names the flag.
std::vector<Weighted<int>> parse_sizes(const std::string& text);
// "chinese:2,japanese": names of rule sets or their compact form. Throws ConfigError.
std::vector<Weighted<search::Rules>> parse_rule_sets(const std::string& text);

struct GamePlan {
  std::vector<Weighted<int>> sizes;            // shares of the positions
  std::vector<Weighted<search::Rules>> rules;  // shares of the games
  double komi_spread = 1;  // deviation from a fair komi in points; in a few games six times that
  double opening = 0.4;    // at most so many random first moves, times the edge of the board
  double random_moves = 0.03;  // share of the later moves that are random
  double temperature = 1;      // of the other moves, on average over the games
  int every_moves = 2;         // one in so many positions is kept
  double held_out = 0.05;      // share of the games
  std::uint64_t seed = 1;

  int largest_size() const;
};

// Games are played in groups on boards of one size.
inline constexpr int kGamesPerGroup = 8;
int size_of_group(const GamePlan& plan, int group);
// Spread evenly over the numbers.
bool is_held_out(const GamePlan& plan, int game);

}  // namespace hayago::gtp
