// Points, chains, captures, ko, suicide, set-up and hashes (spec/03 sections 2, 3 and 15.2).
#include <catch2/catch.hpp>
#include <set>

#include "search/board/board.h"
#include "search/board/seed_hash.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;
using hayago::test::board_from;
using hayago::test::rows_of;

namespace {
Loc at(const Board& board, const char* text) { return parse_loc(text, board).value(); }
}  // namespace

TEST_CASE("points are read and written in Go coordinates", "[board]") {
  const Board board(19, 19);
  CHECK(loc_to_string(board.loc(0, 0), board) == "A19");
  CHECK(loc_to_string(board.loc(8, 18), board) == "J1");
  CHECK(loc_to_string(kPassLoc, board) == "pass");
  CHECK(loc_to_string(kNullLoc, board) == "null");
  for (const char* same : {"Q16", "q16", " Q16\t", "Q016", "Q+16", "(15,3)", "( 15 , 3 )"}) {
    CHECK(parse_loc(same, board) == board.loc(15, 3));
  }
  for (const char* pass : {"pass", "PASS", "pss", " Pass "}) {
    CHECK(parse_loc(pass, board) == kPassLoc);
  }
  for (const char* bad :
       {"",     "Q",    "I5",  "i5",   "Q0",           "Q20",    "U1",     "Q-3",
        "Q3.0", "Q+-3", "Q 3", "null", "16Q",          "(19,0)", "(0,19)", "(-1,0)",
        "(1)",  "(1,2", "AA1", "AI1",  "Q99999999999", "Q1x",    "é5"}) {
    INFO(bad);
    CHECK(!parse_loc(bad, board));
  }
  // Points of boards wider than 25 are read by two letters.
  const Board small(2, 3);
  CHECK(parse_loc("B3", small) == small.loc(1, 0));
  for (int y = 0; y < 19; y++) {
    for (int x = 0; x < 19; x++) {
      const Loc l = board.loc(x, y);
      CHECK(parse_loc(loc_to_string(l, board), board) == l);
      CHECK((board.x_of(l) == x && board.y_of(l) == y));
    }
  }
  if constexpr (kMaxBoard > 26) {
    const Board wide(kMaxBoard, 2);
    CHECK(loc_to_string(wide.loc(24, 1), wide) == "Z1");
    CHECK(loc_to_string(wide.loc(25, 1), wide) == "AA1");
    CHECK(parse_loc("aa1", wide) == wide.loc(25, 1));
    CHECK(parse_loc("AB2", wide) == wide.loc(26, 0));
  }
}

TEST_CASE("players are read in any case", "[board]") {
  CHECK(parse_player("B") == Color::kBlack);
  CHECK(parse_player("wHiTe") == Color::kWhite);
  CHECK(!parse_player("x"));
  CHECK(!parse_player(""));
}

TEST_CASE("boards outside 1..max are refused", "[board]") {
  CHECK_THROWS_AS(Board(0, 9), std::invalid_argument);
  CHECK_THROWS_AS(Board(9, kMaxBoard + 1), std::invalid_argument);
  CHECK_NOTHROW(Board(1, kMaxBoard));
}

TEST_CASE("a capture of one stone in a ko shape makes a ko point", "[board]") {
  Board board = board_from(
      ".XO. "
      "X.XO "
      ".XO. "
      "....");
  board.set_stone(at(board, "C3"), Color::kEmpty);
  board.play(at(board, "B3"), Color::kWhite);  // fills the hole: W stone in atari
  CHECK(board.liberties(at(board, "B3")) == 1);
  CHECK(board.would_be_ko_capture(at(board, "C3"), Color::kBlack));
  CHECK(board.ko_capture_point(at(board, "C3"), Color::kBlack) == at(board, "B3"));
  board.play(at(board, "C3"), Color::kBlack);
  CHECK(board.ko_loc() == at(board, "B3"));
  CHECK(board.captured(Color::kWhite) == 1);
  CHECK(!board.is_legal(at(board, "B3"), Color::kWhite, true));
  CHECK(board.is_legal(at(board, "B3"), Color::kWhite, true, true));
  board.play(kPassLoc, Color::kWhite);
  CHECK(board.ko_loc() == kNullLoc);
}

TEST_CASE("capturing two stones, or with a chain, makes no ko", "[board]") {
  Board board = board_from(
      "XX. "
      "OO. "
      "...");
  board.play(at(board, "C3"), Color::kWhite);
  CHECK(rows_of(board) == "..O / OO. / ...");
  CHECK(board.captured(Color::kBlack) == 2);
  CHECK(board.ko_loc() == kNullLoc);
}

TEST_CASE("suicide of one stone is never legal, of several if the rules say so", "[board]") {
  Board board = board_from(
      "XX.O "
      "OOOO "
      "....");
  const Loc l = at(board, "C3");
  CHECK(board.is_suicide(l, Color::kBlack));
  CHECK(board.is_illegal_suicide(l, Color::kBlack, false));
  CHECK(!board.is_illegal_suicide(l, Color::kBlack, true));
  CHECK(!board.is_suicide(l, Color::kWhite));  // captures
  board.play(l, Color::kBlack);
  CHECK(rows_of(board) == "...O / OOOO / ....");
  CHECK(board.captured(Color::kBlack) == 3);
  board.check_consistency();

  const Board eye = board_from(
      ".O. "
      "OO.");
  CHECK(eye.is_illegal_suicide(eye.loc(0, 0), Color::kBlack, true));
}

TEST_CASE("liberties after a play count captures and joined chains", "[board]") {
  const Board board = board_from(
      ".XO.. "
      "XO.X. "
      ".X... "
      ".....");
  // Captures B3: its point is a liberty again, and so are C2 and D4 ... of the joined chain.
  CHECK(board.liberties_after_play(at(board, "C3"), Color::kBlack, 100) == 5);
  CHECK(board.liberties_after_play(at(board, "C3"), Color::kBlack, 2) == 2);
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      const Loc l = board.loc(x, y);
      for (const Player p : {Color::kBlack, Color::kWhite}) {
        if (!board.is_legal(l, p, false)) continue;
        Board after = board;
        after.play(l, p);
        CHECK(board.liberties_after_play(l, p, 100) == after.liberties(l));
      }
    }
  }
}

TEST_CASE("set_stone resolves captures and refuses suicides", "[board]") {
  Board board = board_from(
      "XO "
      "..");
  board.set_stone(at(board, "A1"), Color::kWhite);
  CHECK(rows_of(board) == ".O / O.");
  board.set_stone(at(board, "B1"), Color::kWhite);
  CHECK(rows_of(board) == ".O / OO");
  CHECK(board.captured(Color::kBlack) == 1);
  board.set_stone(at(board, "A2"), Color::kBlack);  // captures three
  CHECK(rows_of(board) == "X. / ..");
  CHECK(board.captured(Color::kWhite) == 3);
  Board recolour = board_from(
      "XX. "
      "OO. ");
  recolour.set_stone(at(recolour, "A2"), Color::kWhite);
  CHECK(rows_of(recolour) == "OX. / OO.");
  Board eye = board_from(
      ".O "
      "OO "
      "..");
  eye.set_stone(at(eye, "A3"), Color::kBlack);
  CHECK(rows_of(eye) == ".O / OO / ..");
  eye.set_stone(at(eye, "B3"), Color::kEmpty);
  CHECK(rows_of(eye) == ".. / OO / ..");
  eye.check_consistency();
}

TEST_CASE("strict set-up fails without touching the board", "[board]") {
  Board board(2, 2);
  const Loc a1 = at(board, "A1"), b1 = at(board, "B1"), a2 = at(board, "A2"), b2 = at(board, "B2");
  const auto set = [&](std::vector<Placement> stones) { return board.set_stones_strict(stones); };
  CHECK(set({{a1, Color::kBlack}, {b2, Color::kBlack}}));
  CHECK(rows_of(board) == ".X / X.");
  CHECK_FALSE(set({{b1, Color::kWhite}}));                       // no liberty
  CHECK_FALSE(set({{a2, Color::kBlack}, {b1, Color::kBlack}}));  // last liberty of its own chain
  CHECK_FALSE(set({{a1, Color::kEmpty}, {a1, Color::kBlack}}));  // listed twice
  CHECK_FALSE(set({{kPassLoc, Color::kBlack}}));
  CHECK(rows_of(board) == ".X / X.");
  CHECK(set({{a1, Color::kEmpty}, {a2, Color::kBlack}}));
  CHECK(rows_of(board) == "XX / ..");
  CHECK(board.captured(Color::kBlack) == 0);
}

TEST_CASE("tolerant set-up removes dead chains of both colours at once", "[board]") {
  Board board(3, 1);
  const std::vector<Placement> stones = {{board.loc(0, 0), Color::kBlack},
                                         {board.loc(1, 0), Color::kWhite},
                                         {board.loc(2, 0), Color::kBlack}};
  CHECK(board.set_stones_tolerant(stones) == 3);
  CHECK(board.stones_on_board() == 0);
  board.check_consistency();
}

TEST_CASE("the eight images of a board have distinct hashes and map back", "[board]") {
  Board board = board_from(
      "XX.. "
      ".O.. "
      "....");
  std::set<Hash128> hashes;
  for (int s = 0; s < 8; s++) {
    const Board image = board.transformed(s);
    image.check_consistency();
    hashes.insert(image.position_hash());
    CHECK(image.x_size() == (s < 4 ? 4 : 3));
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 4; x++) {
        const Loc l = board.loc(x, y);
        CHECK(image.at(board.transformed_loc(l, s)) == board.at(l));
      }
    }
    // 5 and 6 undo each other, all others themselves (spec/04 section 2).
    const int inverse = s == 5 ? 6 : s == 6 ? 5 : s;
    CHECK(rows_of(image.transformed(inverse)) == rows_of(board));
  }
  CHECK(hashes.size() == 8);
  CHECK(board.transformed_loc(kPassLoc, 7) == kPassLoc);
}

TEST_CASE("the seed hash gives the published digests", "[board]") {
  // RFC 1321 examples; MD5("abc") starts with 90 01 50 98.
  CHECK(md5_first_word("abc") == 0x98500190u);
  CHECK(md5_first_word("") == 0xd98c1dd4u);
}
