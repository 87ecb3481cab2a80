// The course of games: worked examples of spec/03 section 16 and the rules they illustrate.
#include <catch2/catch.hpp>

#include "search/board/game_state.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;
using hayago::test::board_from;
using hayago::test::game;
using hayago::test::make_moves;
using hayago::test::rows_of;
using hayago::test::rules_from;

namespace {

// Legal points as indices y*width + x.
std::vector<int> legal_points(const GameState& state) {
  std::vector<int> out;
  const Board& b = state.board();
  for (int i = 0; i < b.area(); i++) {
    if (state.is_legal(b.loc(i % b.x_size(), i / b.x_size()), state.next_player())) {
      out.push_back(i);
    }
  }
  return out;
}

Loc point(const GameState& state, int index) {
  return state.board().loc(index % state.board().x_size(), index / state.board().x_size());
}

}  // namespace

TEST_CASE("superko forbids a repetition two moves apart", "[board][state]") {
  const std::string moves = "B B2 W A2 B B1 W A1 B B2 W B1";
  for (const char* ko : {"POSITIONAL", "SITUATIONAL"}) {
    const GameState state = game(2, 2, std::string("sui1scoreAREAkomi0ko") + ko, moves);
    CHECK(rows_of(state.board()) == "O. / OO");
    CHECK(state.superko_banned(point(state, 1)));
    CHECK_FALSE(state.is_legal(point(state, 1), Color::kBlack));
    CHECK(state.is_legal_tolerant(point(state, 1), Color::kBlack));
    CHECK(state.is_legal(kPassLoc, Color::kBlack));
    CHECK_FALSE(state.is_legal(kPassLoc, Color::kWhite));  // not his turn
  }
  GameState simple = game(2, 2, "sui0scoreAREAkomi0koSIMPLE", moves);
  CHECK(simple.is_legal(point(simple, 1), Color::kBlack));
  make_moves(simple, moves);
  CHECK_FALSE(simple.is_finished());
  make_moves(simple, "B B2");
  CHECK(simple.is_no_result());
  CHECK(simple.is_finished());
  CHECK_FALSE(simple.is_scored());
  CHECK(simple.winner() == Color::kEmpty);
}

TEST_CASE("cleanup ko: marks and passes for ko", "[board][state]") {
  const GameState state =
      game(2, 4, "koSIMPLEscoreTERRITORYtaxSEKIsui0", "B A1 W A2 B B2 W pass B pass W B1");
  CHECK(state.phase() == 1);
  CHECK(rows_of(state.board()) == ".. / .. / OX / .O");
  CHECK(state.ko_recap_blocked(point(state, 7)));
  CHECK(state.board().ko_loc() == kNullLoc);
  CHECK(legal_points(state) == std::vector<int>{0, 1, 2, 3, 6, 7});
  for (int named : {6, 7}) {
    GameState next = state;
    CHECK(next.is_pass_for_ko(point(next, named), Color::kBlack));
    next.make_move(point(next, named), Color::kBlack);
    CHECK(rows_of(next.board()) == rows_of(state.board()));
    CHECK_FALSE(next.ko_recap_blocked(point(next, 7)));
    CHECK(next.next_player() == Color::kWhite);
    CHECK(next.white_bonus() == state.white_bonus());
    CHECK(next.moves().back().loc == point(next, named));
  }
}

TEST_CASE("a ko capture in cleanup happens once from the same stones", "[board][state]") {
  const GameState state = game(3, 2, "koSIMPLEscoreTERRITORYtaxSEKIsui0",
                               "B pass W C1 B B1 W pass B pass W B2 B C2 W C1 B pass W C1");
  CHECK(rows_of(state.board()) == ".O. / .XO");
  CHECK(state.next_player() == Color::kBlack);
  CHECK(state.ko_recap_blocked(point(state, 5)));
  CHECK(state.superko_banned(point(state, 2)));
  CHECK(state.white_bonus() == -1);
}

TEST_CASE("passing twice from the same stones ends the phase", "[board][state]") {
  const GameState state = game(3, 9, "koSPIGHTscoreAREA", "B A4 W pass B pass");
  CHECK(state.consecutive_ending_passes() == 0);
  CHECK(state.pass_would_end_phase(Color::kWhite));
  CHECK(state.pass_would_be_repetition_end(Color::kWhite));
}

TEST_CASE("handicap stones and their bonus", "[board][state]") {
  struct Case {
    const char *stones, *moves;
    int count;
    float n, n_minus_one;
  };
  const Case cases[] = {{"", "B C3", 0, 0, 0},
                        {"", "B C3 B G7", 2, 2, 1},
                        {"", "B C3 B G7 W E5", 2, 2, 1},
                        {"", "B C3 W pass B G7 W E5", 2, 2, 1},
                        {"", "B C3 W pass W E5", 0, 0, 0},
                        {"", "B C3 B G7 W E5 W D5", 0, 2, 1},
                        {"", "B pass B C3 B G7", 2, 2, 1},
                        {"", "B C3 W E5 B G7", 0, 0, 0},
                        {"", "B C3 B G7 W pass B D4 W pass W pass", 0, 3, 2},
                        {"B C3 B G7", "W E5", 2, 2, 1},
                        {"B C3 B G7 W D4", "W E5", 0, 0, 0},
                        {"B C3", "B E5 W E7", 2, 2, 1}};
  for (const Case& c : cases) {
    INFO(c.stones << " | " << c.moves);
    for (const char* bonus : {"N", "N-1", "0"}) {
      const GameState setup = game(9, 9, "koSIMPLEscoreAREA", c.stones);
      GameState state(setup.board(), Color::kBlack,
                      rules_from(std::string("koSIMPLEscoreAREAwhb") + bonus));
      state.set_assume_handicap_from_moves(true);
      make_moves(state, c.moves);
      CHECK(state.num_handicap_stones() == c.count);
      const float expected = *bonus == '0' ? 0 : bonus[1] == 0 ? c.n : c.n_minus_one;
      CHECK(state.white_handicap_bonus() == expected);
    }
  }
  GameState state = game(9, 9, "koSIMPLEscoreAREAwhbN-1", "B C3 B D4");
  CHECK(state.num_handicap_stones() == 0);
  state.set_override_handicap(5);
  CHECK(state.white_handicap_bonus() == 4);
}

TEST_CASE("the button goes to the first pass", "[board][state]") {
  GameState state = game(3, 3, "koSITUATIONALscoreAREAtaxNONEbutton1komi7", "B B2");
  CHECK(state.has_button());
  CHECK(state.self_komi(Color::kWhite, 0.5) == 7);
  CHECK_FALSE(state.result_is_integer());
  GameState now = state;
  now.end_and_score_now();
  CHECK(now.final_score() == -1.5f);
  make_moves(state, "W pass");
  CHECK_FALSE(state.has_button());
  CHECK(state.white_bonus() == 0.5f);
  CHECK(state.consecutive_ending_passes() == 0);
  make_moves(state, "B pass");
  CHECK(state.consecutive_ending_passes() == 1);
  make_moves(state, "W pass");
  CHECK(state.is_scored());
  CHECK(state.final_score() == -1.5f);
  CHECK(state.winner() == Color::kBlack);
}

TEST_CASE("a suppressed phase end leaves the phase but caps the visible turns", "[board][state]") {
  GameState state = game(5, 5, "japanese", "B C3 W D3 B pass W pass", true);
  CHECK(state.phase() == 0);
  CHECK(state.is_past_normal_phase_end());
  CHECK(state.consecutive_ending_passes() == 2);
  CHECK(state.turns_this_phase() == 4);
  CHECK(state.valid_turns_this_phase() == 1);
  CHECK(state.valid_turns_this_game() == 1);
  make_moves(state, "B pass W pass", true);
  CHECK(state.is_past_normal_phase_end());
  CHECK(state.consecutive_ending_passes() == 4);
  CHECK(state.valid_turns_this_phase() == 1);
  make_moves(state, "B C4", true);
  CHECK(state.consecutive_ending_passes() == 0);
  CHECK(state.valid_turns_this_phase() == 2);
  CHECK(state.valid_turns_this_game() == 2);
  CHECK(state.white_bonus() == 1);

  GameState cleanup = game(5, 5, "japanese", "B C3 W D3 B pass W pass");
  CHECK(cleanup.phase() == 1);
  CHECK(cleanup.turns_this_phase() == 0);
  CHECK(cleanup.valid_turns_this_phase() == 0);
  CHECK(cleanup.valid_turns_this_game() == 4);
  make_moves(cleanup, "B pass W pass");
  CHECK(cleanup.phase() == 2);
  make_moves(cleanup, "B C4");
  CHECK(cleanup.white_bonus() == 0);
  AreaMap map;
  cleanup.board_score(map);
  CHECK(map[static_cast<std::size_t>(cleanup.board().loc(2, 1))] == Color::kEmpty);
}

TEST_CASE("recent boards reach back to the initial board", "[board][state]") {
  GameState state = game(5, 5, "chinese", "B C3");
  CHECK(state.recent_board(0).stones_on_board() == 1);
  CHECK(state.recent_board(1).stones_on_board() == 0);
  CHECK(state.recent_board(2).stones_on_board() == 0);
  make_moves(state, "W D3 B D4 W pass B C4");
  CHECK(state.recent_board(0).stones_on_board() == 4);
  CHECK(state.recent_board(1).stones_on_board() == 3);
  CHECK(state.recent_board(2).stones_on_board() == 3);
}

TEST_CASE("komi changes, resignation and restarts", "[board][state]") {
  GameState state = game(3, 3, "chinese", "B B2 W pass B pass");
  CHECK(state.final_score() == -1.5f);
  state.set_komi(9);
  CHECK(state.final_score() == 0);
  CHECK(state.winner() == Color::kEmpty);
  state.set_winner_by_resignation(Color::kWhite);
  CHECK((state.is_resignation() && state.is_finished() && !state.is_scored()));
  CHECK(state.winner() == Color::kWhite);
  make_moves(state, "W A1");  // play goes on
  CHECK_FALSE(state.is_finished());

  state.set_pass_alive_under_suicide(true);
  state.restart_with_player(Color::kWhite);
  CHECK(state.next_player() == Color::kWhite);
  CHECK(state.moves().empty());
  CHECK(state.initial_board().stones_on_board() == 2);
  CHECK(state.pass_alive_under_suicide());
  CHECK(state.rules().komi == 9);
}

TEST_CASE("a friendly pass does not end the game for the search", "[board][state]") {
  const GameState state = game(5, 5, "chinese", "B C3 W pass");
  CHECK(state.pass_would_end_game(Color::kBlack));
  CHECK(state.suppress_friendly_pass(Color::kBlack));
  CHECK_FALSE(game(5, 5, "tromp-taylor", "B C3 W pass").suppress_friendly_pass(Color::kBlack));
}

TEST_CASE("draw value enters self komi of integer games only", "[board][state]") {
  const GameState whole = game(9, 9, "koSIMPLEscoreAREAkomi7");
  CHECK(whole.result_is_integer());
  CHECK(whole.self_komi(Color::kWhite, 0.75) == 7.25f);
  CHECK(whole.self_komi(Color::kBlack, 0.75) == -7.25f);
  CHECK(game(9, 9, "koSIMPLEscoreAREAkomi7.5").self_komi(Color::kWhite, 0.75) == 7.5f);
}
