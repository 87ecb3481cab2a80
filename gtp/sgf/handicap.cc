#include "gtp/sgf/handicap.h"

#include <array>

namespace hayago::gtp {

std::vector<search::Loc> fixed_handicap_points(const search::Board& board, int stones) {
  const int width = board.x_size(), height = board.y_size();
  if (width < 7 || height < 7 || stones < 2 || stones > 9) return {};
  const auto odd_and_large = [](int side) { return side % 2 == 1 && side > 7; };
  if (stones > 4 && !(odd_and_large(width) && odd_and_large(height))) return {};

  const auto lines = [](int side) {
    const int edge = side <= 12 ? 2 : 3;
    return std::array<int, 3>{edge, side - 1 - edge, side / 2};
  };
  const std::array<int, 3> xs = lines(width), ys = lines(height);
  std::vector<search::Loc> points;
  const auto add = [&](std::size_t x, std::size_t y) { points.push_back(board.loc(xs[x], ys[y])); };
  add(0, 1);
  add(1, 0);
  if (stones >= 3) add(0, 0);
  if (stones >= 4) add(1, 1);
  if (stones >= 6) {
    add(0, 2);
    add(1, 2);
  }
  if (stones >= 8) {
    add(2, 0);
    add(2, 1);
  }
  if (stones == 5 || stones == 7 || stones == 9) add(2, 2);
  return points;
}

}  // namespace hayago::gtp
