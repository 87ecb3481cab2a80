#include "gtp/accuracy/draw_move.h"

#include <cmath>
#include <vector>

#include "gtp/accuracy/accuracy.h"

namespace hayago::gtp {

double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

search::Loc draw_move(const nn::NetOutput& output, const search::Board& board, double temperature,
                      std::mt19937_64& random) {
  std::vector<double> weights;
  double total = 0;
  for (const float p : output.policy) {
    weights.push_back(p > 0 ? std::pow(double{p}, 1 / temperature) : 0);
    total += weights.back();
  }
  double rest = uniform(random) * total;
  std::size_t chosen = best_move(output);
  for (std::size_t i = 0; i < weights.size() && rest >= 0; ++i) {
    if (weights[i] > 0) chosen = i;
    rest -= weights[i];
  }
  if (chosen + 1 == output.policy.size()) return search::kPassLoc;
  const int point = static_cast<int>(chosen);
  return board.loc(point % output.width, point / output.width);
}

}  // namespace hayago::gtp
