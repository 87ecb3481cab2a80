// Ladders from memory are those of a fresh search.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "search/features/features.h"
#include "search/features/ladder_cache.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;

namespace {

// Near the last move, so that there are captures, kos and ladders.
Loc candidate(const GameState& state, std::mt19937& random) {
  const Board& board = state.board();
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int x = below(board.x_size()), y = below(board.y_size());
  if (!state.moves().empty() && state.moves().back().loc != kPassLoc && below(3) != 0) {
    x = board.x_of(state.moves().back().loc) + below(5) - 2;
    y = board.y_of(state.moves().back().loc) + below(5) - 2;
  }
  const bool inside = x >= 0 && y >= 0 && x < board.x_size() && y < board.y_size();
  return inside ? board.loc(x, y) : kNullLoc;
}

struct Inputs {
  std::vector<float> spatial = std::vector<float>(361 * 22, 7.0f);
  std::vector<float> global = std::vector<float>(19, 7.0f);
};

Inputs inputs(const GameState& state, LadderCache* cache) {
  Inputs in;
  fill_features(7, state, {}, 19, 19, in.spatial.data(), in.global.data(), cache);
  return in;
}

}  // namespace

TEST_CASE("inputs are the same with and without remembered ladders", "[features][property]") {
  std::mt19937 random(77);
  LadderCache large, tiny(3);  // the tiny one forgets nearly everything
  long captured = 0, kos = 0;
  for (int round = 0; round < 6; round++) {
    const int size = round == 0 ? 19 : 5 + round % 3;
    std::vector<GameState> line = {
        hayago::test::game(size, size, round % 2 == 0 ? "tromp-taylor" : "japanese")};
    for (int turn = 0; turn < 600; turn++) {
      // Sometimes back to an earlier position, as a search does.
      GameState state = random() % 32 == 0 ? line[random() % line.size()] : line.back();
      const Player p = state.next_player();
      const Loc l = candidate(state, random);
      if (l == kNullLoc || !state.is_legal(l, p)) continue;
      state.make_move(l, p);
      captured += state.board().captured(Color::kBlack) > 0;
      kos += state.board().ko_loc() != kNullLoc;
      line.push_back(state);
      const Inputs expected = inputs(state, nullptr);
      for (LadderCache* cache : {&large, &tiny}) {
        const Inputs in = inputs(state, cache);
        REQUIRE(in.spatial == expected.spatial);
        REQUIRE(in.global == expected.global);
      }
      for (int back = 0; back <= 2; back++) {
        const Board& board = state.recent_board(back);
        REQUIRE(large.captured(board) == LadderReader(board).read().captured);
      }
    }
  }
  CHECK(captured > 100);
  CHECK(kos > 5);
}

TEST_CASE("boards that differ only in the order of stones have different digests", "[board]") {
  const auto digest = [](const std::string& moves) {
    return hayago::test::game(5, 5, "chinese", moves).board().chain_order_digest();
  };
  const GameState one = hayago::test::game(5, 5, "chinese", "B A1 W E5 B B1 W E4 B C1");
  const GameState two = hayago::test::game(5, 5, "chinese", "B C1 W E5 B B1 W E4 B A1");
  CHECK(one.board().same_stones(two.board()));
  CHECK(digest("B A1 W E5 B B1 W E4 B C1") == one.board().chain_order_digest());
  CHECK(one.board().chain_order_digest() != two.board().chain_order_digest());
}

TEST_CASE("the ko point is part of what the ladders of a board are remembered by", "[features]") {
  // White takes the ko at C3; without the ko point Black may retake at once.
  const GameState ko =
      hayago::test::game(5, 5, "chinese", "B C4 W D4 B B3 W E3 B C2 W D2 B D3 W A1 B A5 W C3");
  REQUIRE(ko.board().ko_loc() != kNullLoc);
  Board free = ko.board();
  free.clear_ko();
  LadderCache cache;
  CHECK(cache.captured(ko.board()) == LadderReader(ko.board()).read().captured);
  CHECK(cache.captured(free) == LadderReader(free).read().captured);
}
