// Areas of random positions against spec/03 section 11 written down with plain sets.
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <set>
#include <vector>

#include "search/board/area.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;

namespace {

using Points = std::set<Loc>;

std::vector<Loc> all_points(const Board& board) {
  std::vector<Loc> out;
  for (int i = 0; i < board.area(); i++) {
    out.push_back(board.loc(i % board.x_size(), i / board.x_size()));
  }
  return out;
}

Points neighbours(const Board& board, Loc l) {
  Points out;
  for (Loc offset : board.neighbour_offsets()) {
    if (board.on_board(static_cast<Loc>(l + offset))) out.insert(static_cast<Loc>(l + offset));
  }
  return out;
}

// Connected parts of the points that `belongs` accepts.
std::vector<Points> parts(const Board& board, const std::function<bool(Loc)>& belongs) {
  std::vector<Points> out;
  Points seen;
  for (Loc start : all_points(board)) {
    if (!belongs(start) || seen.count(start) != 0) continue;
    Points part;
    std::vector<Loc> stack = {start};
    while (!stack.empty()) {
      const Loc l = stack.back();
      stack.pop_back();
      if (!belongs(l) || !part.insert(l).second) continue;
      for (Loc a : neighbours(board, l)) stack.push_back(a);
    }
    seen.insert(part.begin(), part.end());
    out.push_back(part);
  }
  return out;
}

bool touch(const Board& board, const Points& a, Loc l) {
  for (Loc n : neighbours(board, l)) {
    if (a.count(n) != 0) return true;
  }
  return false;
}

bool touch(const Board& board, const Points& a, const Points& b) {
  for (Loc l : b) {
    if (touch(board, a, l)) return true;
  }
  return false;
}

struct PlainRegion {
  Points points;
  bool spoiled = false;
};

bool is_vital(const Board& board, const PlainRegion& region, const Points& chain, bool suicide) {
  for (Loc l : region.points) {
    if ((suicide || board.at(l) == Color::kEmpty) && !touch(board, chain, l)) return false;
  }
  return !region.spoiled;
}

// Removes chains with fewer than two vital regions until none is left to remove.
void eliminate(const Board& board, bool suicide, std::vector<Points>& chains,
               std::vector<PlainRegion>& regions) {
  for (std::size_t i = 0; i < chains.size();) {
    int eyes = 0;
    for (const PlainRegion& r : regions) eyes += is_vital(board, r, chains[i], suicide);
    if (eyes >= 2) {
      i++;
      continue;
    }
    for (PlainRegion& r : regions) r.spoiled |= touch(board, chains[i], r.points);
    chains.erase(chains.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
}

void mark(const Board& board, Player p, const AreaOptions& options, AreaMap& map) {
  std::vector<Points> chains = parts(board, [&](Loc l) { return board.at(l) == p; });
  if (chains.empty()) return;
  Points own;
  for (const Points& chain : chains) own.insert(chain.begin(), chain.end());
  std::vector<PlainRegion> regions;
  for (Points& part : parts(board, [&](Loc l) { return board.at(l) != p; })) {
    regions.push_back({part});
  }
  eliminate(board, options.suicide_legal, chains, regions);
  const auto here = [&](Loc l) -> Color& { return map[static_cast<std::size_t>(l)]; };
  for (const Points& chain : chains) {
    for (Loc l : chain) here(l) = p;
  }
  for (const PlainRegion& region : regions) {
    int internal = 0;
    bool has_opponent = false;
    for (Loc l : region.points) {
      internal += !touch(board, own, l);
      has_opponent |= board.at(l) == opponent(p);
    }
    const bool safe =
        !region.spoiled && (internal <= 1 || (options.safe_big_territories && !has_opponent));
    for (Loc l : region.points) {
      if (safe || (options.unsafe_big_territories && !has_opponent && here(l) == Color::kEmpty)) {
        here(l) = p;
      }
    }
  }
}

AreaMap plain_area(const Board& board, const AreaOptions& options) {
  AreaMap map;
  map.fill(Color::kEmpty);
  mark(board, Color::kBlack, options, map);
  mark(board, Color::kWhite, options, map);
  for (Loc l : all_points(board)) {
    Color& here = map[static_cast<std::size_t>(l)];
    if (options.non_pass_alive_stones && here == Color::kEmpty) here = board.at(l);
  }
  return map;
}

}  // namespace

TEST_CASE("areas of random positions agree with plain sets", "[board][area][property]") {
  std::mt19937 random(2024);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  long pass_alive = 0;
  for (const auto& [w, h] : {std::pair{2, 2}, {1, 6}, {4, 3}, {5, 5}, {7, 6}}) {
    for (int round = 0; round < 2; round++) {
      GameState state(Board(w, h), Color::kBlack, hayago::test::rules_from("koSIMPLEsui1"));
      for (int turn = 0; turn < 2 * w * h + 10; turn++) {
        const Player p = state.next_player();
        const Board& board = state.board();
        const Loc l = below(15) == 0 ? kPassLoc : board.loc(below(w), below(h));
        const bool fills_eye = l != kPassLoc && !board.is_adjacent_to(l, Color::kEmpty) &&
                               !board.is_adjacent_to(l, opponent(p));
        if (fills_eye || !state.is_legal(l, p)) continue;
        state.make_move(l, p);
        for (int bits = 0; bits < 16; bits += turn % 4 == 0 ? 1 : 5) {
          const AreaOptions options = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
                                       (bits & 8) != 0};
          const AreaMap expected = plain_area(state.board(), options);
          INFO(board_diagram(state.board()) << "options " << bits);
          REQUIRE(hayago::test::rows_of(state.board(), calculate_area(state.board(), options)) ==
                  hayago::test::rows_of(state.board(), expected));
          if (bits != 0) continue;
          for (Loc a : all_points(state.board())) {
            pass_alive += expected[static_cast<std::size_t>(a)] != Color::kEmpty;
          }
        }
      }
    }
  }
  CHECK(pass_alive > 100);
}

TEST_CASE("sets of points spread along connections", "[board][property]") {
  std::mt19937 random(8);
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 9}, {19, 19}, {3, 19}, {19, 2}}) {
    for (int round = 0; round < 20; round++) {
      const Board board(w, h);
      PointSet within;
      for (Loc l : all_points(board)) {
        if (random() % 5 != 0) within.set(l);
      }
      for (const Points& part : parts(board, [&](Loc l) { return within.test(l); })) {
        PointSet seed, expected;
        seed.set(*part.begin());
        for (Loc l : part) expected.set(l);
        REQUIRE(seed.spread(within, board.row()) == expected);
        REQUIRE(expected.count() == static_cast<int>(part.size()));
        const PointSet beside = expected.neighbours(board.row()) & board.points();
        for (Loc l : all_points(board)) REQUIRE(beside.test(l) == touch(board, part, l));
      }
    }
  }
}
