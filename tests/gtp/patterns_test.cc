// Patterns of game records and of the engine's own games (spec/06 section 14).
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtp/patterns/avoid_records.h"
#include "gtp/patterns/own_games.h"
#include "gtp/patterns/record_moves.h"
#include "tests/support/process.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using search::Board;
using search::Color;

// `age`: hours before now.
void write_aged(const test::TempDir& dir, const std::string& name, const std::string& text,
                int age = 0) {
  fs::create_directories((fs::path(dir.path()) / name).parent_path());
  fs::last_write_time(dir.write(name, text),
                      fs::file_time_type::clock::now() - std::chrono::hours(age));
}

// Utility for White of a first move on the empty 19x19 board.
double first_move(const search::PatternTable& table, int x, int y,
                  search::Player player = Color::kBlack) {
  const Board board(19, 19);
  return table.utility(*search::pattern_key(board, board.loc(x, y), player));
}

Config config_of(const std::string& text) {
  Config config;
  config.load_text(text, "test.cfg");
  return config;
}

std::vector<std::string> warnings;

std::shared_ptr<const search::PatternTable> load(const std::string& text) {
  warnings.clear();
  return load_record_patterns(config_of(text),
                              [](const std::string& line) { warnings.push_back(line); });
}

}  // namespace

TEST_CASE("all variations of a record are walked", "[gtp][patterns]") {
  std::string seen;
  const auto walk = [&seen](const std::string& text) {
    seen.clear();
    for_each_recorded_move(parse_sgf(text, "x"), "x", [&seen](const RecordedMove& m) {
      seen += std::to_string(m.number) + search::loc_to_string(m.move.loc, m.before) +
              std::to_string(m.before.stones_on_board()) + " ";
    });
  };
  walk("(;SZ[9]AB[aa:ba];B[cc](;W[dd];B[])(;W[ee]))");
  CHECK(seen == "1C72 2E53 2D63 3pass4 ");
  walk("(;SZ[9];B[aa];W[ba];B[ee];W[ab];W[aa])");  // the captured corner is free again
  CHECK(seen == "1A90 2B91 3E52 4A83 5A93 ");
  CHECK_THROWS_WITH(walk("(;SZ[9];B[aa];W[aa])"), Catch::Contains("W[aa] is no legal move"));
  CHECK_THROWS_WITH(walk("(;SZ[40];B[aa])"), Catch::Contains("board size SZ[40]"));
  CHECK_THROWS_WITH(walk("(;SZ[9]AB[zz])"), Catch::Contains("AB[zz] is no point"));
}

TEST_CASE("patterns of records are weighted by age", "[gtp][patterns]") {
  const test::TempDir folder;
  write_aged(folder, "new.sgf", "(;PB[bot]PW[man];B[pd];W[dp])", 1);
  write_aged(folder, "sub/old.sgf", "(;PB[man]PW[bot];B[jj];W[aa])", 5);
  write_aged(folder, "broken.sgf", "(;B[pd];W[pd])", 2);
  write_aged(folder, "note.txt", "(;B[aa])");
  const std::string keys = "avoidSgfPatternUtility = 0.5\navoidSgfPatternDirs = " + folder.path() +
                           "\navoidSgfPatternLambda = 0.25\n";
  const auto table = load(keys);
  REQUIRE(table);
  // Black's move costs Black, White's the same move White.
  CHECK(first_move(*table, 15, 3) == 0.5);
  CHECK(first_move(*table, 3, 15) == 0.5);  // all symmetries
  CHECK(first_move(*table, 3, 3, Color::kWhite) == -0.5);
  CHECK(first_move(*table, 9, 9) == 0.125);
  CHECK(first_move(*table, 2, 9) == 0);
  REQUIRE(warnings.size() == 2);
  CHECK_THAT(warnings[0], Catch::Contains("broken.sgf: line 1, column 9: W[pd]"));
  CHECK_THAT(warnings[1], Catch::Contains("2 game records"));

  CHECK(first_move(*load(keys + "avoidSgfPatternMaxFiles = 1\n"), 9, 9) == 0);
  const auto late = load(keys + "avoidSgfPatternMinTurnNumber = 2\n");
  CHECK(first_move(*late, 9, 9) == 0);
  CHECK(first_move(*late, 15, 3) == 0.5);  // by White's second move
  const auto of_bot = load(keys + "avoidSgfPatternAllowedNames = bot, nobody\n");
  CHECK(first_move(*of_bot, 15, 3) == 0.5);
  CHECK(first_move(*of_bot, 9, 9) == 0);
}

TEST_CASE("comments and further sets", "[gtp][patterns]") {
  const test::TempDir folder;
  write_aged(folder, "a/one.sgf", "(;B[pd]C[a %SKIP% mark])");
  write_aged(folder, "b/two.sgf", "(;B[jj])");
  const std::string first =
      "avoidSgfPatternUtility = 1\navoidSgfPatternDirs = " + folder.path() + "/a" + "\n";
  const auto skipped = load(first);
  CHECK(skipped->size() == 0);
  const auto both =
      load(first + "avoidSgf2PatternUtility = -0.5\navoidSgf2PatternDirs = " + folder.path() +
           "/b" + "\n");
  CHECK(first_move(*both, 9, 9) == -0.5);
  CHECK(load("maxVisits = 5\n") == nullptr);
  CHECK_THROWS_WITH(load("avoidSgfPatternUtility = 1\n"), Catch::Contains("avoidSgfPatternDirs"));
  CHECK_THROWS_WITH(load("avoidSgfPatternUtility = 1\navoidSgfPatternDirs = /no/such\n"),
                    Catch::Contains("no file or folder '/no/such'"));
}

namespace {

std::string own_keys(const std::string& dir, const std::string& more = "") {
  return "autoAvoidRepeatDir = " + dir +
         "\nautoAvoidRepeatUtility = 0.5\nautoAvoidRepeatLambda = 0.5\n"
         "autoAvoidRepeatMinTurnNumber = 0\nautoAvoidRepeatMaxTurnNumber = 3\n"
         "autoAvoidRepeatMaxPoses = 100\nautoAvoidRepeatSaveChunkSize = 2\n" +
         more;
}

std::unique_ptr<OwnGames> own_games(const std::string& keys) {
  return OwnGames::from_config(config_of(keys),
                               [](const std::string& line) { warnings.push_back(line); });
}

std::size_t files_in(const std::string& dir) {
  if (!fs::exists(dir)) return 0;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(dir), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("what the engine played is remembered on disk", "[gtp][patterns]") {
  const test::TempDir folder;
  warnings.clear();
  const search::GameState state(Board(19, 19), Color::kBlack, search::Rules{});
  const Board& board = state.board();
  {
    const auto games = own_games(own_keys(folder.path()));
    games->collect(state, board.loc(3, 3), 0);
    games->collect(state, board.loc(3, 4), 4);  // too late in the game
    games->collect(state, search::kPassLoc, 1);
    CHECK_FALSE(games->save_if_due());
    CHECK(files_in(folder.path() + "/19x19") == 0);
    games->collect(state, board.loc(9, 9), 3);
    CHECK(games->save_if_due());
    CHECK(files_in(folder.path() + "/19x19") == 1);
    const auto table = games->load(19, 19);
    CHECK(first_move(*table, 15, 3) == 0.5);
    CHECK(first_move(*table, 15, 3, Color::kWhite) == -0.5);
    CHECK(first_move(*table, 9, 9) == 0.25);  // the second position
    CHECK(first_move(*table, 3, 4) == 0);
    CHECK(games->load(9, 9)->size() == 0);
    const search::GameState small(Board(9, 9), Color::kBlack, search::Rules{});
    games->collect(small, small.board().loc(2, 2), 0);
  }
  CHECK(files_in(folder.path() + "/9x9") == 1);  // saved at the end
  CHECK(warnings.empty());
}

TEST_CASE("old positions are forgotten", "[gtp][patterns]") {
  const test::TempDir folder;
  warnings.clear();
  const std::string start = R"({"boardXSize":3,"boardYSize":3,"board":".........","player":"B",)";
  write_aged(folder, "3x3/a_poses.txt", start + R"("move":"B2"})" + "\nnonsense\n", 1);
  write_aged(folder, "3x3/b_poses.txt", start + R"("move":"A3"})" + "\n", 2);
  write_aged(folder, "3x3/c_poses.txt", start + R"("move":"B3"})" + "\n", 3);
  write_aged(folder, "3x3/other.txt", "kept", 4);
  const auto games = own_games(own_keys(folder.path(), "autoAvoidRepeatMaxPoses3x3 = 2\n"));
  const auto table = games->load(3, 3);
  const Board board(3, 3);
  const auto utility = [&](int x, int y) {
    return table->utility(*search::pattern_key(board, board.loc(x, y), Color::kBlack));
  };
  CHECK(utility(1, 1) == 0.5);
  CHECK(utility(2, 2) == 0.25);
  CHECK(utility(1, 0) == 0);
  CHECK_FALSE(fs::exists(folder.path() + "/3x3/c_poses.txt"));
  CHECK(fs::exists(folder.path() + "/3x3/other.txt"));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Catch::Contains("a_poses.txt, line 2"));
}

TEST_CASE("keys of the own games are checked", "[gtp][patterns]") {
  const test::TempDir folder;
  CHECK(own_games("maxVisits = 5\n") == nullptr);
  CHECK_THROWS_WITH(own_games("autoAvoidRepeatDir = " + folder.path() + "\n"),
                    Catch::Contains("autoAvoidRepeatUtility"));
  CHECK_THROWS_WITH(own_games(own_keys(folder.path(),
                                       "avoidSgfPatternUtility = 1\n"
                                       "avoidSgfPatternDirs = /tmp\n")),
                    Catch::Contains("cannot be combined"));
  const Config config = config_of(own_keys(folder.path(), "autoAvoidRepeatLambda9x9 = 1\n"));
  const auto games = OwnGames::from_config(config, {});
  CHECK(config.unused_keys().empty());
}

}  // namespace hayago::gtp
