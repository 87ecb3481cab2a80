// The openings of a match: every pair of games starts from one, played with both colours.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtp/match/contestant.h"
#include "gtp/match/options.h"

namespace hayago::gtp {

// Opening number `pair`, from 0. Thread-safe; the same number always gives the same opening.
using OpeningSource = std::function<Opening(int pair)>;

// The openings of the options: records in order, again from the first after the last; else random
// ones. The evaluator is needed by random openings of the kind "policy". Throws SgfError or
// ConfigError.
OpeningSource make_openings(const MatchOptions& options,
                            std::shared_ptr<search::Evaluator> evaluator);

// The first `moves` moves (all if negative) of every game of an SGF file, or of the *.sgf files of
// a folder by name. Names and sizes of offenders in the message.
std::vector<Opening> openings_from_records(const std::string& path, int moves, int x_size,
                                           int y_size);

// Moves drawn one after the other from the raw policy at temperature 1, without passes and without
// moves less than 1/30 as likely as the best. Drawn anew until the network gives both players a
// winrate of 20 % at least; after 100 draws the most balanced one is taken.
std::vector<search::Move> draw_policy_opening(search::Evaluator& evaluator,
                                              const search::GameState& start, int moves,
                                              std::uint64_t seed);
// Any legal moves that are no passes and fill no eye of one point.
std::vector<search::Move> draw_uniform_opening(const search::GameState& start, int moves,
                                               std::uint64_t seed);

// Number of random moves that suits the board: 8 on 19x19, 4 on 9x9; even, so that Black begins.
int default_opening_moves(int x_size, int y_size);

}  // namespace hayago::gtp
