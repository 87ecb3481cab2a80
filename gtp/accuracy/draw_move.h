// Moves drawn at random, the same with the same seed.
#pragma once
#include <random>

#include "nn/outputs/postprocess.h"
#include "search/board/board.h"

namespace hayago::gtp {

// Uniform in [0, 1); unlike the standard distributions the same everywhere.
double uniform(std::mt19937_64& random);

// A move of the policy, whose numbers are raised to the power 1 / temperature first.
search::Loc draw_move(const nn::NetOutput& output, const search::Board& board, double temperature,
                      std::mt19937_64& random);

}  // namespace hayago::gtp
