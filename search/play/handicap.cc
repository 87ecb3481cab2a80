#include "search/play/handicap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <utility>

namespace hayago::search {
namespace {

constexpr double kPlacementTemperature = 0.25;

// Row order as all handicap commands answer it; Loc grows along rows from the top.
void sort_rows(std::vector<Loc>& points) { std::sort(points.begin(), points.end()); }

// Empty if the placement exists.
std::string fixed_handicap_problem(int x_size, int y_size, int stones) {
  const std::string advice = "; place_free_handicap has no such limit";
  if (stones < 2) return "a handicap has at least 2 stones, not " + std::to_string(stones);
  if (stones > 9) return "there are fixed points for at most 9 stones" + advice;
  if (x_size < 7 || y_size < 7) return "fixed handicap needs at least a 7x7 board" + advice;
  if (stones <= 4) return "";
  if (x_size % 2 == 0 || y_size % 2 == 0) {
    return "more than 4 fixed stones need an odd width and height" + advice;
  }
  if (x_size <= 7 || y_size <= 7) {
    return "more than 4 fixed stones need a width and height above 7" + advice;
  }
  return "";
}

// Lines of one axis: near the low end, near the high end, middle.
std::array<int, 3> handicap_lines(int size) {
  const int offset = size <= 12 ? 2 : 3;
  return {offset, size - 1 - offset, size / 2};
}

// A board point with probability proportional to policy^(1/temperature); kNullLoc if there is none.
Loc draw_point(const NetOutput& output, const Board& board, std::mt19937_64& random) {
  std::vector<Loc> points;
  std::vector<double> weights;
  double largest = 0;
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const double p = double{output.policy[static_cast<std::size_t>(y * output.width + x)]};
      if (p <= 0) continue;
      points.push_back(board.loc(x, y));
      weights.push_back(p);
      largest = std::max(largest, p);
    }
  }
  if (points.empty()) return kNullLoc;
  for (double& w : weights) w = std::pow(w / largest, 1 / kPlacementTemperature);
  std::discrete_distribution<std::size_t> draw(weights.begin(), weights.end());
  return points[draw(random)];
}

}  // namespace

Parsed<std::vector<Loc>> fixed_handicap_points(int x_size, int y_size, int stones) {
  if (std::string problem = fixed_handicap_problem(x_size, y_size, stones); !problem.empty()) {
    return {std::nullopt, std::move(problem)};
  }
  // Indices into the lines of the two axes, in the order in which more stones add them.
  constexpr std::array<std::pair<int, int>, 4> kCorners{{{0, 1}, {1, 0}, {0, 0}, {1, 1}}};
  constexpr std::array<std::pair<int, int>, 4> kSides{{{0, 2}, {1, 2}, {2, 0}, {2, 1}}};
  const auto xs = handicap_lines(x_size), ys = handicap_lines(y_size);
  const Board board(x_size, y_size);
  std::vector<Loc> points;
  const auto add = [&](std::pair<int, int> p) {
    points.push_back(
        board.loc(xs[static_cast<std::size_t>(p.first)], ys[static_cast<std::size_t>(p.second)]));
  };
  const int corners = std::min(stones, 4), sides = (stones - 4) / 2 * 2;
  for (int i = 0; i < corners; ++i) add(kCorners[static_cast<std::size_t>(i)]);
  for (int i = 0; i < sides; ++i) add(kSides[static_cast<std::size_t>(i)]);
  if (stones > 4 && stones % 2 == 1) add({2, 2});
  sort_rows(points);
  return {std::move(points), ""};
}

int max_free_handicap(int x_size, int y_size) { return std::min(30, x_size * y_size / 4); }

std::vector<Loc> place_free_handicap(Evaluator& evaluator, const GameState& state, int stones,
                                     double draw_equivalent_wins_for_white, std::uint64_t seed) {
  Board board = state.board();
  stones = std::min(stones, max_free_handicap(board.x_size(), board.y_size()));
  const auto thread = evaluator.make_thread(seed);
  std::mt19937_64 random(seed);
  std::vector<Loc> points;
  GameState position = state;
  for (int i = 0; i < stones; ++i) {
    position.reset(board, Color::kBlack, state.rules());
    Evaluator::Request request;
    request.state = &position;
    request.params.draw_equivalent_wins_for_white = draw_equivalent_wins_for_white;
    const Loc point = draw_point(*evaluator.evaluate(*thread, request), board, random);
    if (point == kNullLoc) break;
    board.set_stone(point, Color::kBlack);
    points.push_back(point);
  }
  sort_rows(points);
  return points;
}

Parsed<Board> free_handicap_board(const Board& empty, const std::vector<Loc>& points) {
  std::vector<Placement> stones;
  for (const Loc point : points) {
    if (!empty.on_board(point)) {
      return {std::nullopt, "handicap stones need points of the board, not a pass"};
    }
    const bool repeated = std::any_of(stones.begin(), stones.end(),
                                      [&](const Placement& p) { return p.loc == point; });
    if (repeated) {
      return {std::nullopt, "handicap point " + loc_to_string(point, empty) + " is named twice"};
    }
    stones.push_back({point, Color::kBlack});
  }
  Board board = empty;
  if (!board.set_stones_strict(stones)) {
    return {std::nullopt, "these handicap stones would have no liberties"};
  }
  return {std::move(board), ""};
}

}  // namespace hayago::search
