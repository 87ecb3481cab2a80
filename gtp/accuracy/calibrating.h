// Which positions of a game calibrate a network in int8.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "gtp/accuracy/source_games.h"

namespace hayago::gtp {

// Positions at random moves of games, in a random symmetry per record. One in so many is
// one-sided: from some move on one colour has passed. Such leads hardly any game has, but searches
// look at them, and beyond all activations that calibration saw a network in int8 would be blind.
class CalibratingPositions {
 public:
  // one_sided_every: 0: none.
  CalibratingPositions(int one_sided_every, std::uint64_t seed)
      : one_sided_every_(one_sided_every), seed_(seed), random_(seed) {}

  // Before `count` different moves of a record, or after the last, but for positions where the game
  // has ended; for JSON lines, that many of those they ask for. Fewer if the game has not as many.
  std::vector<GamePosition> take(LoadedGame game, std::size_t count);

 private:
  search::GameState one_sided(const SgfGame& record, std::size_t turn);

  int one_sided_every_;
  std::uint64_t seed_;
  std::mt19937_64 random_;
  int taken_ = 0;  // from records
};

}  // namespace hayago::gtp
