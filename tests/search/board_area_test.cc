// Areas and scores of small positions (spec/03 sections 11, 12, 16.1, 16.2).
#include <catch2/catch.hpp>

#include "search/board/game_state.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;
using hayago::test::board_from;
using hayago::test::rows_of;
using hayago::test::rules_from;

namespace {
std::string area(const Board& board, const AreaOptions& options) {
  return rows_of(board, calculate_area(board, options));
}
}  // namespace

TEST_CASE("the suicide rule decides about eyes with stones in them", "[board][area]") {
  const Board board = board_from("XO .O O.");
  CHECK(area(board, {false, false, false, false}) == "OO / OO / OO");
  CHECK(area(board, {false, false, false, true}) == ".. / .. / ..");
}

TEST_CASE("an empty board belongs to nobody, one colour alone owns everything", "[board][area]") {
  CHECK(area(Board(3, 2), {true, true, true, true}) == "... / ...");
  const Board one = board_from("... .X.");
  CHECK(area(one, {true, true, true, false}) == "XXX / XXX");
  CHECK(area(one, {false, false, false, false}) == "... / ...");
}

TEST_CASE("one position under six rule sets", "[board][area]") {
  const Board board = board_from(".X.O.X XXXOXX OOOOOO .O.O..");
  CHECK(area(board, {true, true, true, false}) == "XX.OOO / XXXOOO / OOOOOO / OOOOOO");
  const IndependentLife life = calculate_independent_life(board, false, false, false);
  CHECK(rows_of(board, life.area) == "...... / ...... / ...... / ......");
  CHECK(life.life_count == 0);

  struct Case {
    const char *rules, *map;
    float bonus, score;
  };
  const char* full = "XX.OOO / XXXOOO / OOOOOO / OOOOOO";
  const char* seki = ".X.O.. / XXXO.. / OOOOOO / .O.O..";
  const char* stones = ".X.O.X / XXXOXX / OOOOOO / .O.O..";
  const Case cases[] = {
      {"scoreAREAtaxNONE", full, 0, 13},        {"scoreAREAtaxSEKI", seki, 0, 6},
      {"scoreAREAtaxALL", seki, 0, 6},          {"scoreTERRITORYtaxNONE", full, -3, 10},
      {"scoreTERRITORYtaxSEKI", stones, -3, 0}, {"scoreTERRITORYtaxALL", stones, -3, 0}};
  for (const Case& c : cases) {
    INFO(c.rules);
    GameState state(board, Color::kBlack, rules_from(std::string(c.rules) + "sui0koSIMPLEkomi0"));
    AreaMap map;
    state.board_score(map);
    CHECK(rows_of(board, map) == c.map);
    CHECK(state.white_bonus() == c.bonus);
    state.end_and_score_now();
    CHECK(state.final_score() == c.score);
    CHECK(state.winner() == (c.score > 0 ? Color::kWhite : Color::kEmpty));
  }
}

TEST_CASE("a board of living stones and small eyes ends early", "[board][area]") {
  GameState state(board_from(".X.O. XXXOO .XO.O XXOOO"), Color::kBlack,
                  rules_from("koSIMPLEscoreAREAtaxNONEsui0komi0.5"));
  GameState open = state;
  CHECK_FALSE(open.end_if_all_pass_alive());  // the point between the two is nobody's
  CHECK_FALSE(open.is_finished());
  state.make_move(state.board().loc(2, 0), Color::kBlack);
  CHECK(state.end_if_all_pass_alive());
  CHECK(state.is_scored());
  CHECK(state.final_score() == 0.5f);
}

TEST_CASE("each side of a filled board counts life for the group tax", "[board][area]") {
  GameState state(board_from(".X.OO XXXO. .XOOO XXO.O"), Color::kBlack,
                  rules_from("koSIMPLEscoreAREAtaxALLsui0komi0"));
  state.make_move(state.board().loc(2, 0), Color::kBlack);
  const IndependentLife life = calculate_independent_life(state.board(), false, false, false);
  CHECK(life.life_count == 0);
  CHECK(rows_of(state.board(), life.area) == "XXXOO / XXXOO / XXOOO / XXOOO");
}
