// The built-in games of the benchmark.
#include <array>
#include <utility>

#include "gtp/benchmark/positions.h"

namespace hayago::gtp {
namespace {

#define HAYAGO_SAMPLE_GAME(size, moves) std::pair<int, std::string_view>{size, moves},
constexpr std::array kGames{
#include "gtp/benchmark/games.inc"
};
#undef HAYAGO_SAMPLE_GAME

}  // namespace

std::string_view sample_game(int size) {
  for (const auto& [game_size, moves] : kGames) {
    if (game_size == size) return moves;
  }
  return {};
}

}  // namespace hayago::gtp
