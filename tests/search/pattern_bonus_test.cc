#include "search/memory/pattern_bonus.h"

#include <catch2/catch.hpp>
#include <random>

#include "search/update/adjust.h"
#include "tests/search/search_fixture.h"

namespace hayago::search {
namespace {

Board random_board(int x_size, int y_size, unsigned seed) {
  std::mt19937 random(seed);
  Board board(x_size, y_size);
  Player player = Color::kBlack;
  for (int i = 0; i < x_size * y_size / 2; ++i) {
    const Loc l = board.loc(static_cast<int>(random() % static_cast<unsigned>(x_size)),
                            static_cast<int>(random() % static_cast<unsigned>(y_size)));
    if (board.is_legal(l, player, false)) board.play(l, player);
    player = opponent(player);
  }
  return board;
}

Board with_swapped_colors(const Board& board) {
  Board out(board.x_size(), board.y_size());
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      if (board.at(l) != Color::kEmpty) out.set_stone(l, opponent(board.at(l)));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a pattern looks the same on the turned board", "[search][pattern]") {
  int keys = 0;
  for (const auto& [x_size, y_size] : {std::pair{19, 19}, {9, 13}, {5, 5}}) {
    const Board board = random_board(x_size, y_size, 7);
    const Board swapped = with_swapped_colors(board);
    for (int symmetry = 0; symmetry < 8; ++symmetry) {
      const Board turned = board.transformed(symmetry);
      const Board turned_swapped = swapped.transformed(symmetry);
      for (int y = 0; y < y_size; ++y) {
        for (int x = 0; x < x_size; ++x) {
          const Loc l = board.loc(x, y);
          if (board.at(l) != Color::kEmpty) continue;
          const Loc image = board.transformed_loc(l, symmetry);
          const auto key = pattern_key(board, l, Color::kBlack, {.symmetry = symmetry});
          CHECK(key == pattern_key(turned, image, Color::kBlack));
          CHECK(pattern_key(board, l, Color::kBlack, {symmetry, true}) ==
                pattern_key(turned_swapped, image, Color::kWhite));
          keys += key ? 1 : 0;
        }
      }
    }
  }
  CHECK(keys > 1000);
}

TEST_CASE("what belongs to a pattern", "[search][pattern]") {
  Board board(19, 19);
  const Loc move = board.loc(9, 9);
  const auto key_with = [&](int x, int y) {
    Board other = board;
    other.set_stone(other.loc(x, y), Color::kWhite);
    return pattern_key(other, move, Color::kBlack);
  };
  const auto empty = pattern_key(board, move, Color::kBlack);
  REQUIRE(empty);
  CHECK(key_with(13, 5) != empty);  // the corner of the 9x9 points
  CHECK(key_with(14, 9) == empty);  // outside
  CHECK(key_with(9, 4) == empty);
  CHECK(pattern_key(board, move, Color::kWhite) != empty);
  CHECK(pattern_key(board, board.loc(9, 8), Color::kBlack) != empty);
  const Board larger(19, 18);
  CHECK(pattern_key(larger, larger.loc(9, 9), Color::kBlack) != empty);
  CHECK_FALSE(pattern_key(board, kPassLoc, Color::kBlack));

  // The same stones near by; far away one of them has its last but one liberty taken.
  board.set_stone(board.loc(9, 5), Color::kWhite);
  board.set_stone(board.loc(8, 5), Color::kBlack);
  board.set_stone(board.loc(10, 5), Color::kBlack);
  const auto free = pattern_key(board, move, Color::kBlack);
  board.set_stone(board.loc(9, 4), Color::kBlack);  // outside
  CHECK(pattern_key(board, move, Color::kBlack) != free);
}

TEST_CASE("ko captures have no pattern", "[search][pattern]") {
  Board board(9, 9);
  for (const auto& [x, y] : {std::pair{1, 0}, {0, 1}, {1, 2}}) {
    board.set_stone(board.loc(x, y), Color::kBlack);
  }
  for (const auto& [x, y] : {std::pair{2, 0}, {3, 1}, {2, 2}, {1, 1}}) {
    board.set_stone(board.loc(x, y), Color::kWhite);
  }
  CHECK_FALSE(pattern_key(board, board.loc(2, 1), Color::kBlack));
  CHECK(pattern_key(board, board.loc(2, 1), Color::kWhite));
}

TEST_CASE("own moves of a game are counted once per pattern", "[search][pattern]") {
  GameState state(Board(19, 19), Color::kBlack, Rules{});
  const Board& board = state.board();
  const Board empty = board;
  const auto play = [&state](int x, int y) {
    state.make_move(state.board().loc(x, y), state.next_player());
  };
  play(3, 3);
  play(9, 9);
  play(15, 3);  // the same pattern as the first move, turned
  const auto corner = pattern_key(empty, empty.loc(15, 15), Color::kBlack);
  const auto middle = pattern_key(empty, empty.loc(9, 9), Color::kWhite);
  const PatternTable of_black = patterns_of_game(state, Color::kBlack, 0.02);
  CHECK(of_black.utility(*corner) == 0.02);  // White's view: good for White
  CHECK(of_black.utility(*middle) == 0);
  CHECK(of_black.size() == 4);  // one corner point in four places, each its own mirror image
  const PatternTable of_white = patterns_of_game(state, Color::kWhite, 0.02);
  // The middle is the same place in all symmetries, the stone at its corner is not.
  CHECK(of_white.size() == 0 + 1);
  CHECK(of_white.utility(*middle) == -0.02);
}

namespace {

// Only this point may be played at the root.
AvoidLists only(const Board& board, Loc move) {
  AvoidLists lists;
  lists.black.assign(kLocCount, 1);
  lists.black[static_cast<std::size_t>(move)] = 0;
  lists.white = lists.black;
  static_cast<void>(board);
  return lists;
}

MoveReport searched_move(const SearchParams& params, Player first, int x, int y,
                         std::shared_ptr<const PatternTable> foreign = nullptr) {
  test::FakeEngine engine(params, 19);
  engine->set_position(GameState(Board(19, 19), first, Rules{}));
  engine->set_patterns(std::move(foreign));
  const Board board(19, 19);
  engine->make_move(board.loc(3, 3), first, true);
  engine->make_move(board.loc(9, 9), opponent(first), true);
  engine->set_avoid_lists(only(board, board.loc(x, y)));
  engine->search({});
  const SearchReport report = engine.report();
  REQUIRE(report.moves.size() == 1);
  return report.moves[0];
}

}  // namespace

TEST_CASE("repeating an own pattern costs utility", "[search][pattern]") {
  const Player first = GENERATE(Color::kBlack, Color::kWhite);
  // One visit of the move; then its reply; then more below it.
  const std::int64_t visits = GENERATE(2, 3);
  SearchParams params = test::visits_params(visits);
  const double plain = searched_move(params, first, 15, 3).utility;
  const double elsewhere = searched_move(params, first, 15, 9).utility;
  params.avoid_repeated_pattern_utility = 0.25;
  CHECK(searched_move(params, first, 15, 3).utility ==
        Approx(plain - sign_for_white(first) * 0.25).epsilon(1e-9));
  CHECK(searched_move(params, first, 15, 9).utility == elsewhere);
}

TEST_CASE("patterns of other games add to those of this game", "[search][pattern]") {
  auto foreign = std::make_shared<PatternTable>();
  const Board board(19, 19);
  const auto key = pattern_key(board, board.loc(15, 3), Color::kBlack);
  foreign->add(*key, -0.1);
  SearchParams params = test::visits_params(2);
  const double plain = searched_move(params, Color::kBlack, 15, 3).utility;
  CHECK(searched_move(params, Color::kBlack, 15, 3, foreign).utility == Approx(plain - 0.1));
  params.avoid_repeated_pattern_utility = 0.25;
  CHECK(searched_move(params, Color::kBlack, 15, 3, foreign).utility == Approx(plain + 0.15));
}

TEST_CASE("patterns survive in a reused tree and follow the game", "[search][pattern]") {
  SearchParams params;
  params.avoid_repeated_pattern_utility = 0.1;
  MemoryAccount account;
  Tree tree(8, account);
  SearchContext c;
  c.params = params;
  c.root_state = GameState(Board(19, 19), Color::kBlack, Rules{});
  c.searched_for = Color::kBlack;
  prepare_adjustments(c, tree, nullptr, nullptr);
  REQUIRE(c.extras == &tree.extras());
  GameState below = c.root_state;
  below.make_move(below.board().loc(3, 3), Color::kBlack);
  const Hash128 key{1, 2};
  const NodeExtra made = new_node_extra(c, below, key, false);
  CHECK_FALSE(made.empty());
  CHECK(made.pattern_utility == 0);
  Node* node = tree.find_or_make(key, Color::kWhite, false, nullptr, made);
  CHECK(extra_of(c, *node).pattern == made.pattern);
  // Nodes made by the opponent have none.
  below.make_move(below.board().loc(15, 15), Color::kWhite);
  CHECK(new_node_extra(c, below, {3, 4}, false).empty());
  // The point has been played meanwhile.
  c.root_state.make_move(c.root_state.board().loc(3, 3), Color::kBlack);
  prepare_adjustments(c, tree, nullptr, nullptr);
  CHECK(extra_of(c, *node).pattern_utility == 0.1);
  // Extras leave with their nodes.
  tree.make_root(Color::kBlack, false);
  tree.destroy(tree.sweep(0.8));
  CHECK(tree.extras().bytes() == 0);
}

}  // namespace hayago::search
