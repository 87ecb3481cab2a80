// A game on a terminal: reading commands, drawing boards, refusing moves.
#include <algorithm>
#include <catch2/catch.hpp>

#include "gtp/config/parse.h"
#include "gtp/play/board_view.h"
#include "gtp/play/command.h"
#include "gtp/play/refusal.h"

namespace {

using namespace hayago;
using gtp::PlayVerb;
using search::Board;
using search::GameState;

GameState game(int size, const std::vector<std::string>& moves, const std::string& rules) {
  GameState state(Board(size, size), search::Color::kBlack, *search::parse_rules(rules).value);
  for (const std::string& move : moves) {
    state.make_move(*search::parse_loc(move, state.board()), state.next_player(), true);
  }
  return state;
}

std::string refused(const GameState& state, const std::string& move) {
  return gtp::why_illegal(state, *search::parse_loc(move, state.board()));
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (const std::string& line : gtp::split(text, '\n')) most = std::max(most, line.size());
  return most;
}

// Without escape sequences.
std::string unpainted(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

TEST_CASE("play: lines become commands", "[play]") {
  const auto verb = [](std::string_view line) { return gtp::parse_play_command(line).verb; };
  CHECK(verb("") == PlayVerb::kNothing);
  CHECK(verb(" \t\r") == PlayVerb::kNothing);
  CHECK(verb("  Q16 \r") == PlayVerb::kMove);
  CHECK(gtp::parse_play_command(" Q16\r").argument == "q16");
  CHECK(verb("aa20") == PlayVerb::kMove);
  CHECK(verb("PASS") == PlayVerb::kPass);
  CHECK(verb("undo") == PlayVerb::kUndo);
  CHECK(verb("exit") == PlayVerb::kQuit);
  CHECK(verb("?") == PlayVerb::kHelp);
  CHECK(gtp::parse_play_command("save My Games/a b.sgf ").argument == "My Games/a b.sgf");
  CHECK(gtp::parse_play_command("level").argument.empty());
  CHECK(gtp::parse_play_command("new 13").argument == "13");
}

TEST_CASE("play: lines that are no command get a sentence", "[play]") {
  const auto problem = [](std::string_view line) {
    const gtp::PlayCommand command = gtp::parse_play_command(line);
    CHECK(command.verb == PlayVerb::kWrong);
    return command.problem;
  };
  CHECK(problem("fly") ==
        "'fly' is neither a point such as D4 nor a command; 'help' lists the commands.");
  CHECK(problem("hnit") == "There is no command 'hnit'; did you mean 'hint'?");
  CHECK(problem("d4 d5") == "One point at a time: 'd4' stands alone, without 'd5'.");
  CHECK(problem("pass now") == "'pass' stands alone, without 'now'.");
  CHECK(problem("save") == "'save' needs a word more: save FILE.sgf.");
  CHECK_FALSE(problem("4d").empty());
  CHECK_FALSE(problem("d").empty());
  CHECK_FALSE(problem("abc1").empty());
  // A terminal is never sent what it would obey.
  CHECK(problem("\x1b[2J\xc3").find("'?[2j?'") != std::string::npos);
  CHECK(problem(std::string(5000, 'a')).size() < 200);
}

TEST_CASE("play: the help lists every command", "[play]") {
  const std::string help = gtp::play_help();
  for (const char* word : {"D4", "pass", "resign", "undo", "go [N]", "hint", "score", "level [N]",
                           "new [SIZE]", "save FILE.sgf", "board", "help", "quit"}) {
    CHECK(help.find(std::string("  ") + word) != std::string::npos);
  }
  CHECK(widest(help) <= gtp::kTerminalColumns);
}

TEST_CASE("play: star points", "[play]") {
  const auto stars = [](int size) {
    int count = 0;
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) count += gtp::is_star_point(x, y, size, size) ? 1 : 0;
    }
    return count;
  };
  CHECK(stars(19) == 9);
  CHECK(stars(13) == 5);
  CHECK(stars(9) == 5);
  CHECK(stars(8) == 4);
  CHECK(stars(5) == 0);
  CHECK(gtp::is_star_point(3, 15, 19, 19));
  CHECK(gtp::is_star_point(9, 3, 19, 19));
  CHECK(gtp::is_star_point(4, 4, 9, 9));
  CHECK_FALSE(gtp::is_star_point(4, 2, 9, 9));
}

TEST_CASE("play: the board with notes beside it", "[play]") {
  const GameState state = game(7, {"d4", "g1"}, "chinese");
  CHECK(gtp::play_board_text(state, {"first", "", "third"}, false) ==
        "   A B C D E F G\n"
        " 7 . . . . . . . 7    first\n"
        " 6 . . . . . . . 6\n"
        " 5 . . + . + . . 5    third\n"
        " 4 . . . X . . . 4\n"
        " 3 . . + . + . . 3\n"
        " 2 . . . . . . . 2\n"
        " 1 . . . . . .(O)1\n"
        "   A B C D E F G\n");
}

TEST_CASE("play: the last move is marked and a pass is not", "[play]") {
  const std::string one = gtp::play_board_text(game(5, {"c3"}, "chinese"), {}, false);
  CHECK(one.find(" 3 . .(X). . 3\n") != std::string::npos);
  const std::string passed = gtp::play_board_text(game(5, {"c3", "pass"}, "chinese"), {}, false);
  CHECK(passed.find('(') == std::string::npos);
}

TEST_CASE("play: colours change no character", "[play]") {
  const GameState state = game(19, {"d4", "q16", "q4"}, "chinese");
  const std::vector<std::string> notes{"Black X  hayago  took 100", "White O  hayago  took 100",
                                       "Chinese-OGS rules, komi -100.5"};
  const std::string plain = gtp::play_board_text(state, notes, false);
  const std::string painted = gtp::play_board_text(state, notes, true);
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(painted.find("\x1b[") != std::string::npos);
  CHECK(unpainted(painted) == plain);
  CHECK(widest(plain) <= gtp::kTerminalColumns);
  CHECK(plain.find("19   Black X") != std::string::npos);  // beside
}

TEST_CASE("play: notes that do not fit beside the board stand below", "[play]") {
  const std::string small = gtp::play_board_text(game(2, {}, "chinese"), {"a", "b", "c"}, false);
  CHECK(small == "   A B\n 2 . . 2\n 1 . . 1\n   A B\na\nb\nc\n");
  const std::string note(60, 'n');
  const std::string wide = gtp::play_board_text(game(19, {}, "chinese"), {note}, false);
  CHECK(wide.ends_with(" S T\n" + note + "\n"));
}

TEST_CASE("play: the owner of every point", "[play]") {
  const GameState state = game(5, {"a5", "b5", "c5", "d5"}, "chinese");
  std::vector<double> ownership(25, 0.0);
  ownership[0] = 0.9;   // the black stone on A5 is White's
  ownership[1] = 0.9;   // the white one on B5 lives
  ownership[2] = -0.9;  // the black one on C5 lives
  ownership[3] = -0.9;  // the white one on D5 is Black's
  ownership[5] = 0.8;
  ownership[6] = -0.8;
  const std::string text = gtp::play_ownership_text(state.board(), ownership, false);
  CHECK(text.find(" 5 x O X o . 5 ") != std::string::npos);
  CHECK(text.find(" 4 w b . . . 4 ") != std::string::npos);
  CHECK(text.find("b w  points of Black, White") != std::string::npos);
  CHECK(unpainted(gtp::play_ownership_text(state.board(), ownership, true)) == text);
}

TEST_CASE("play: refused moves get their reason", "[play]") {
  const GameState ko = game(5, {"b3", "e3", "c4", "d4", "c2", "d2", "a1", "c3", "d3"}, "chinese");
  CHECK(refused(ko, "c3") == "Ko: C3 takes back at once; play elsewhere first.");
  CHECK(refused(ko, "d3") == "There is a stone on D3 already.");
  CHECK(refused(ko, "a2").empty());
  CHECK(refused(ko, "pass").empty());
  const GameState corner = game(5, {"a2", "e5", "b1"}, "chinese");
  CHECK(refused(corner, "a1") ==
        "A stone on A1 would have no liberties, and the rules forbid suicide.");
}

TEST_CASE("play: superko is named", "[play]") {
  // White's two stones in the corner would take themselves: the position without them again.
  const GameState state = game(5, {"a2", "e5", "b2", "e4", "c1", "a1", "pass"}, "tromp-taylor");
  CHECK(refused(state, "b1") == "Superko: B1 would bring back an earlier position.");
  CHECK(refused(state, "d1").empty());
}
