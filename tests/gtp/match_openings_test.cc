// Openings of a match.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "gtp/config/config.h"
#include "gtp/match/openings.h"
#include "nn/exec/executor.h"
#include "tests/support/process.h"

namespace {

using namespace hayago::gtp;
using hayago::search::Board;
using hayago::search::Color;
using hayago::search::GameState;
using hayago::search::Move;

std::shared_ptr<hayago::search::Evaluator> fake_evaluator() {
  hayago::search::EvaluatorConfig config;
  config.nn_x = config.nn_y = 9;
  return std::make_shared<hayago::search::Evaluator>(hayago::nn::make_fake_executor(8), config);
}

MatchOptions nine() {
  MatchOptions options;
  options.x_size = options.y_size = 9;
  return options;
}

std::string text(const Opening& opening) {
  std::string out;
  for (const Move& move : opening.moves) {
    out += hayago::search::loc_to_string(move.loc, opening.board) + " ";
  }
  return out;
}

double black_winrate(hayago::search::Evaluator& evaluator, const GameState& state) {
  hayago::search::Evaluator::Request request;
  request.state = &state;
  request.params.symmetry = 0;
  const auto thread = evaluator.make_thread(1);
  const auto net = evaluator.evaluate(*thread, request);
  return double{net->white_loss} / (double{net->white_win} + double{net->white_loss});
}

TEST_CASE("match: random openings depend on seed and pair only, and are balanced", "[match]") {
  const auto evaluator = fake_evaluator();
  MatchOptions options = nine();
  std::set<std::string> different;
  const OpeningSource source = make_openings(options, evaluator);
  std::vector<std::string> first;
  for (int pair = 0; pair < 20; ++pair) {
    const Opening opening = source(pair);
    first.push_back(text(opening));
    different.insert(first.back());
    REQUIRE(opening.moves.size() == 4);
    GameState state(opening.board, opening.first, options.rules);
    for (const Move& move : opening.moves) {
      CHECK(move.player == state.next_player());
      CHECK(move.loc != hayago::search::kPassLoc);
      REQUIRE(state.is_legal(move.loc, move.player));
      state.make_move(move.loc, move.player);
    }
    const double black = black_winrate(*evaluator, state);
    CHECK(black >= 0.2);
    CHECK(black <= 0.8);
  }
  CHECK(different.size() > 15);
  // Another evaluator, other order of questions, other things in its cache.
  const OpeningSource again = make_openings(options, fake_evaluator());
  for (int pair = 19; pair >= 0; --pair) {
    CHECK(text(again(pair)) == first[static_cast<std::size_t>(pair)]);
  }
  options.seed = "other";
  CHECK(text(make_openings(options, evaluator)(0)) != first[0]);
}

TEST_CASE("match: uniform openings need no network", "[match]") {
  MatchOptions options = nine();
  CHECK_THROWS_AS(make_openings(options, nullptr), ConfigError);
  options.opening_kind = "uniform";
  options.opening_moves = 200;  // until only own eyes are left
  const Opening opening = make_openings(options, nullptr)(3);
  GameState state(opening.board, opening.first, options.rules);
  CHECK(opening.moves.size() > 60);
  for (const Move& move : opening.moves) {
    REQUIRE(state.is_legal(move.loc, move.player));
    state.make_move(move.loc, move.player);
  }
  options.opening_moves = 0;
  CHECK(make_openings(options, nullptr)(0).moves.empty());
  options.opening_kind = "policy";
  CHECK(make_openings(options, nullptr)(0).moves.empty());
  CHECK(default_opening_moves(19, 19) == 8);
  CHECK(default_opening_moves(9, 9) == 4);
  CHECK(default_opening_moves(2, 2) == 0);
}

TEST_CASE("match: openings come from records in order, all games of a file", "[match]") {
  const hayago::test::TempDir folder;
  folder.write("2.sgf", "(;SZ[9];B[cc];W[gg];B[cg])\n(;SZ[9]AB[ee]PL[W];W[cc])");
  folder.write("1.sgf", "(;SZ[9];B[ee])");
  folder.write("notes.txt", "no record");
  MatchOptions options = nine();
  options.openings = folder.path();
  OpeningSource source = make_openings(options, nullptr);
  CHECK(text(source(0)) == "E5 ");
  CHECK(text(source(1)) == "C7 G3 C3 ");
  CHECK(text(source(2)) == "C7 ");
  CHECK(source(2).first == Color::kWhite);
  CHECK(source(2).board.at(source(2).board.loc(4, 4)) == Color::kBlack);
  CHECK(text(source(3)) == text(source(0)));
  options.opening_moves = 2;
  CHECK(text(make_openings(options, nullptr)(1)) == "C7 G3 ");
  options.x_size = 13;
  CHECK_THROWS_WITH(make_openings(options, nullptr),
                    Catch::Contains("1.sgf: game 1 is on a 9x9 board, the match on 13x9"));
  std::filesystem::remove(folder.path() + "/1.sgf");
  std::filesystem::remove(folder.path() + "/2.sgf");
  CHECK_THROWS_WITH(make_openings(options, nullptr), Catch::Contains("no *.sgf file"));
}

}  // namespace
