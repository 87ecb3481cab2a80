// `hayago play` as a program: a short game by a script, rough treatment, the record.
#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "gtp/sgf/sgf.h"
#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
using hayago::search::Color;

std::vector<std::string> words(const std::vector<std::string>& args) {
  std::vector<std::string> all{"play", "-model", "/dev/null", "-override-config",
                               "numSearchThreads=1,searchRandSeed=play"};
  all.insert(all.end(), args.begin(), args.end());
  return all;
}

Completed play(const std::vector<std::string>& args, const std::string& script) {
  const TempDir home;
  return run_process(*hayago_program(), words(args), script, kClientSeconds, empty_home(home));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("play: two people finish a game", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  const std::string file = dir.path() + "/my game.sgf";
  const Completed done =
      play({"--colour", "both", "--size", "5", "--rules", "tromp-taylor", "--visits", "10"},
           "c3\nc3\nz9\nfly\nlevel\npass\nPASS\nd4\nsave " + file + "\nsave " + file +
               "\nundo\nboard\n");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(done.err.empty());
  CHECK(contains(done.out, "Network /dev/null (given by -model).\n"));
  CHECK(contains(done.out, "Black X  you     took 0\n"));
  CHECK(contains(done.out, "TrompTaylor rules, komi 7.5\n"));
  CHECK(contains(done.out, "   Black to play\n"));
  CHECK(contains(done.out, " 3 . .(X). . 3    White O  you     took 0\n"));
  CHECK(contains(done.out, "\nThere is a stone on C3 already.\n"));
  CHECK(
      contains(done.out, "\n'z9' is no point of this 5x5 board (columns A to E, rows 1 to 5).\n"));
  CHECK(contains(done.out, "\n'fly' is neither a point"));
  CHECK(contains(done.out, "\nhayago thinks for 10 visits a move.\n"));
  CHECK(contains(done.out,
                 "\nThe game is over: Black wins by 17.5 points (TrompTaylor rules, komi "
                 "7.5).\nEvery stone on the board counts as alive under these rules.\n"));
  CHECK(contains(done.out, "   Over: B+17.5\n"));
  CHECK(contains(done.out, "\nThe game is over; 'undo' goes back"));
  CHECK(count(done.out, "\nSaved ") == 2);
  CHECK(contains(done.out, "\nOne move taken back.\n"));
  CHECK(contains(done.out, "\nEnd of input. The game was not saved. Goodbye.\n"));
  CHECK_FALSE(contains(done.out, "\x1b"));
  CHECK_FALSE(contains(done.out, "hayago: "));  // it only advises

  const auto game = hayago::gtp::load_sgf_game(file);
  CHECK(game.warnings.empty());
  CHECK(game.x_size == 5);
  CHECK(game.moves.size() == 3);
  CHECK(game.result == "B+17.5");
  CHECK(game.rules.komi == 7.5f);
  CHECK(game.black_name == "Player");
}

TEST_CASE("play: a game against the engine", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  const std::string file = dir.path() + "/lost.sgf";
  const std::string taken = dir.write("taken.sgf", "(;)");
  const Completed done = play({"--size", "7", "--visits", "10"},
                              "undo\nd4\nundo\nhint\nscore\nlevel 20\nlevel much\nlevel 0\nd4\n"
                              "resign\nhint\nsave " +
                                  file + "\nsave " + taken + "\nsave " + dir.path() +
                                  "/no/such.sgf\nnew 9\nnew 99\nnew x\nsave " + file + "\nquit\n");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(done.err.empty());
  CHECK(contains(done.out, "Chinese rules, komi 7.5\n"));
  CHECK(contains(done.out, "White O  hayago  took 0\n"));
  CHECK(contains(done.out, "\nThere is no move of yours to take back.\n"));
  CHECK(count(done.out, "\nWhite (hayago): ") == 2);
  CHECK(contains(done.out, "\n2 moves taken back.\n"));
  CHECK(contains(done.out, "\nhayago's moves for Black, with Black's winrate:\n"));
  CHECK(contains(done.out, "\n  1 "));
  CHECK(contains(done.out, "\nEstimated score "));
  CHECK(contains(done.out, "\nhayago thinks for 20 visits a move.\n"));
  CHECK(
      contains(done.out, "\n'level' takes a number of visits from 1 to 1000000000, not 'much'.\n"));
  CHECK(contains(done.out, "not '0'.\n"));
  CHECK(contains(done.out, "\nThe game is over: Black resigns, White wins.\n"));
  CHECK(contains(done.out, "   Over: W+R\n"));
  CHECK(contains(done.out, "taken.sgf exists already; save under another name.\n"));
  CHECK(contains(done.out, "\nThat did not work: " + dir.path() + "/no/such.sgf"));
  CHECK(contains(done.out, "\nA new game.\n"));
  CHECK(count(done.out, "\n'new' takes the size of the board, from 2 to ") == 2);
  CHECK(done.out.ends_with("\nGoodbye.\n"));

  const auto game = hayago::gtp::load_sgf_game(file);
  CHECK(game.warnings.empty());
  CHECK(game.result == "W+R");
  CHECK(game.moves.size() == 2);
  CHECK(game.rules_text == "Chinese");
  CHECK(game.white_name.starts_with("hayago "));
}

TEST_CASE("play: the engine plays Black or both sides", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed white = play({"--size", "7", "--visits", "10", "--color", "white"}, "quit\n");
  INFO(white.out << white.err);
  CHECK(white.status == 0);
  CHECK(count(white.out, "\nBlack (hayago): ") == 1);
  CHECK(contains(white.out, "The game was not saved. Goodbye.\n"));

  const Completed none = play({"--size", "7", "--visits", "10", "--colour", "none"},
                              "\n\ngo 2\ngo x\ngo 0\nundo\nresign\nundo\n");
  INFO(none.out << none.err);
  CHECK(none.status == 0);
  CHECK(count(none.out, " (hayago): ") == 4);
  CHECK(count(none.out, "\n'go' takes a number of moves from 1 to 1000, not '") == 2);
  CHECK(contains(none.out, "\nOne move taken back.\n"));
  CHECK(contains(none.out, "\nThe game is over: White resigns, Black wins.\n"));
  CHECK(contains(none.out, "\nNot resigned after all.\n"));
}

TEST_CASE("play: a person lets the engine make a move", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed done = play({"--size", "9", "--visits", "10"}, "go\nundo\n");
  INFO(done.out << done.err);
  CHECK(count(done.out, "\nBlack (hayago): ") == 1);
  CHECK(count(done.out, "\nWhite (hayago): ") == 1);
  CHECK(contains(done.out, "\n2 moves taken back.\n"));
}

TEST_CASE("play: handicap and komi", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  const std::string file = dir.path() + "/handicap.sgf";
  const Completed done =
      play({"--size", "9", "--handicap", "4", "--visits", "10"}, "save " + file + "\nnew 2\n");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(count(done.out, "\nWhite (hayago): ") == 1);  // White has the first move
  CHECK(contains(done.out, "Chinese rules, komi 0.5\n"));
  CHECK(contains(done.out, "\nA 2x2 board is too small for a handicap of 4; the most is 1.\n"));
  const auto game = hayago::gtp::load_sgf_game(file);
  CHECK(game.handicap == 4);
  CHECK(game.setup.size() == 4);
  CHECK(game.rules.komi == 0.5f);
  REQUIRE(game.moves.size() == 1);
  CHECK(game.moves[0].player == Color::kWhite);

  const Completed even = play(
      {"--size", "6", "--handicap", "5", "--komi", "-3", "--colour", "both", "--rules", "japanese"},
      "");
  INFO(even.out << even.err);
  CHECK(even.status == 0);
  CHECK(contains(even.out, "Japanese rules, komi -3\n"));
  CHECK(count(even.out, "X") == 6);  // five stones and the name of Black's
}

TEST_CASE("play: dead stones are judged where the rules leave it open", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  for (const char* rules : {"chinese", "japanese"}) {
    const Completed done =
        play({"--size", "5", "--colour", "both", "--rules", rules, "--visits", "10"},
             "c3\npass\npass\nscore\n");
    INFO(done.out << done.err);
    CHECK(done.status == 0);
    CHECK(count(done.out, "The game is over: ") == 2);
    CHECK(count(done.out, "hayago counts ") == 2);
  }
}

TEST_CASE("play: a large board fits into 80 columns", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed done = play({"--visits", "10"}, "q16\nhint\nscore\nhelp\n");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(contains(done.out, "\n19 . . . "));
  std::istringstream lines(done.out);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 80);
  }
}

TEST_CASE("play: the interrupt key ends the game tidily", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir home;
  Process process(*hayago_program(), words({"--size", "5", "--colour", "both"}), empty_home(home));
  process.write_line("c3");
  for (;;) {
    const auto line = process.read_line(kClientSeconds);
    REQUIRE(line);
    if (contains(*line, "White to play")) break;
  }
  process.signal(SIGINT);
  CHECK(process.wait(kClientSeconds) == 130);
  const auto rest = process.read_all(kClientSeconds);
  REQUIRE(rest);
  CHECK(contains(*rest, "\nInterrupted. The game was not saved. Goodbye.\n"));
}

TEST_CASE("play: the interrupt key ends a long search", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir home;
  Process process(*hayago_program(), words({"--size", "5", "--visits", "1000000000"}),
                  empty_home(home));
  for (;;) {
    const auto line = process.read_line(kClientSeconds);
    REQUIRE(line);
    if (contains(*line, "Black to play")) break;
  }
  process.write_line("c3");
  CHECK_FALSE(process.wait(1));
  process.signal(SIGINT);
  CHECK(process.wait(kClientSeconds) == 130);
}

TEST_CASE("play: mistakes of the command line are named", "[play][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const auto fails = [](const std::vector<std::string>& args, int status, const char* part) {
    const Completed done = play(args, "");
    INFO(done.out << done.err);
    CHECK(done.status == status);
    CHECK(contains(done.err, part));
  };
  fails({"--komi", "6.3"}, 1, "--komi 6.3: must be an integer or half-integer");
  fails({"--rules", "chess"}, 1, "--rules chess: ");
  fails({"--size", "1"}, 2, "--size");
  fails({"--colour", "red"}, 2, "--colour");
  fails({"--handicap", "1"}, 2, "--handicap");
  fails({"--size", "3", "--handicap", "9"}, 1, "--handicap: A 3x3 board is too small");
  const Completed warned = play({"-override-config", "maxVisit=3"}, "quit\n");
  CHECK(warned.status == 0);
  CHECK(contains(warned.err, "did you mean 'maxVisits'"));
}
