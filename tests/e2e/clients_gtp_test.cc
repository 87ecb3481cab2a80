// Rules of GTP that boards and bridges rely on (e2e/README.md lists them with their tests), on
// made-up evaluations: identity, framing, interruption, text formats.
#include <catch2/catch.hpp>
#include <chrono>
#include <regex>
#include <set>
#include <sstream>

#include "tests/support/gtp_client.h"
#include "tests/support/info_line.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;

#define NEED_PROGRAM()                   \
  const auto program = hayago_program(); \
  if (!program) HAYAGO_SKIP("this build has no program")

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool matches(const std::string& text, const std::string& pattern) {
  return std::regex_match(text, std::regex(pattern));
}

std::set<std::string> listed_commands(GtpClient& gtp) {
  const auto lines = lines_of(gtp.ask("list_commands").substr(2));
  return {lines.begin(), lines.end()};
}

// Starts an analysis and waits for two lines of it, checking every one.
void start_analysis(GtpClient& gtp, const std::string& command, const InfoShape& shape,
                    const std::string& header = "=") {
  gtp.send(command);
  REQUIRE(gtp.line() == header);
  for (int i = 0; i < 2; ++i) {
    const std::string line = gtp.line();
    INFO(line);
    REQUIRE(info_line_problem(line, shape) == "");
  }
}

// What is left of an interrupted analysis: checked lines, then the empty line that ends it.
void expect_end_of_analysis(GtpClient& gtp, const InfoShape& shape) {
  std::string line = gtp.line();
  for (; line != "" && line != "(none)"; line = gtp.line()) {
    INFO(line);
    REQUIRE(info_line_problem(line, shape) == "");
  }
  REQUIRE(line == "");
}

const InfoShape kNine{.x_size = 9, .y_size = 9};

}  // namespace

TEST_CASE("clients: name and version open the features of the boards", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  const std::string name = gtp.ask("name");
  CHECK(name.starts_with("= KataGo"));
  // Words that switch other programs' special modes.
  for (const char* mode : {"KataGoPda", "KataGoCustom", "katajigo"}) {
    CHECK(name.find(mode) == std::string::npos);
  }
  CHECK(matches(gtp.ask("version"), R"(= 1\.(1[1-9]|[2-9][0-9])\.[0-9]+\+[!-~]+)"));
  CHECK(gtp.ask("protocol_version") == "= 2");

  GtpClient renamed(*program, "", {"-override-name", "Leela", "-override-version", "0.17"});
  CHECK(renamed.ask("name") == "= Leela");
  CHECK(renamed.ask("version") == "= 0.17");
  GtpClient configured(*program, "gtpName=My Bot");
  CHECK(configured.ask("name") == "= My Bot");
}

TEST_CASE("clients: commands are chosen by the list", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  const auto commands = listed_commands(gtp);
  for (const char* needed :
       {"kata-analyze", "lz-analyze", "kata-genmove_analyze", "lz-genmove_analyze", "stop",
        "kata-set-rules", "kata-get-rules", "kata-raw-nn", "rectangular_boardsize", "set_position",
        "loadsgf", "clear_cache", "kata-list_time_settings", "fixed_handicap",
        "place_free_handicap", "final_status_list", "gomill-cpu_time", "undo"}) {
    INFO(needed);
    CHECK(commands.count(needed) == 1);
    CHECK(gtp.ask(std::string("known_command ") + needed) == "= true");
  }
  // Preferred where they are listed, and then misread.
  for (const char* hidden : {"analyze", "genmove_analyze"}) {
    INFO(hidden);
    CHECK(commands.count(hidden) == 0);
    CHECK(gtp.ask(std::string("known_command ") + hidden) == "= false");
  }
  CHECK(gtp.ask("genmove_analyze b 1000").starts_with("=\ninfo move "));
}

TEST_CASE("clients: framing of lines and ids", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  CHECK(gtp.ask("boardsize 9\r") == "= ");
  CHECK(gtp.ask("12 PLAY b d4").starts_with("?12 "));  // commands are case-sensitive
  CHECK(gtp.ask("12 play B D4 # a comment") == "=12 ");
  CHECK(gtp.ask("\t13\tplay\twhite\te5\r") == "=13 ");
  CHECK(gtp.ask("007 play Black c3") == "=7 ");
  CHECK(gtp.ask("999999999 name").starts_with("=999999999 "));
  // Lines without a command get no response; everything pipelined is answered in order.
  gtp.process().write("\n  \r\n# nothing\n1 name\n\n2 version\r\n3 nosuch\n4 play w d4\n5 quit\n");
  const std::string rest = gtp.process().read_all(kClientSeconds).value_or("(none)");
  CHECK(matches(rest, R"(=1 KataGo-hayago\n\n=2 [!-~]+\n\n\?3 unknown command\n\n)"
                      R"(\?4 illegal move\n\n=5 \n\n)"));
}

TEST_CASE("clients: texts that they compare", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  CHECK(gtp.ask("komi 500").starts_with("? unacceptable komi"));
  CHECK(gtp.ask("boardsize 1").starts_with("? unacceptable size"));
  CHECK(gtp.ask("boardsize 29").starts_with("? unacceptable size"));
  CHECK(gtp.ask("undo") == "? cannot undo");
  CHECK(gtp.ask("play b a1") == "= ");
  CHECK(gtp.ask("play w a1") == "? illegal move");
  CHECK(gtp.ask("nosuch") == "? unknown command");
  CHECK(gtp.ask("kata-get-rules").starts_with("= {"));
}

TEST_CASE("clients: every kind of line ends an analysis in the right order", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  struct Interruption {
    const char *line, *response;  // a pattern, "" = none
  };
  const Interruption interruptions[] = {
      {"protocol_version", "= 2"},
      {"known_command known_command", "= true"},
      {"14 known_command known_command", "=14 true"},
      {"stop", "= "},
      {"name", "= KataGo.*"},
      {"7 nosuch", R"(\?7 unknown command)"},
      {"undo", "= "},
      {"play b c3", "= "},
      {"kata-get-param maxVisits", "= 20"},
      {"", ""},
      {"\r", ""},
      {"# a comment", ""},
  };
  InfoShape lz = kNine;
  lz.lz = true;
  REQUIRE(gtp.ask("play b g7") == "= ");
  for (const Interruption& with : interruptions) {
    for (const bool kata : {true, false}) {
      INFO("ended by '" << with.line << "'");
      const InfoShape& shape = kata ? kNine : lz;
      start_analysis(gtp, kata ? "kata-analyze 1" : "lz-analyze 1", shape);
      gtp.send(with.line);
      expect_end_of_analysis(gtp, shape);
      if (*with.response != '\0') CHECK(matches(gtp.response(), with.response));
      CHECK(gtp.is_silent(0.03));
      if (std::string(with.line) == "undo") CHECK(gtp.ask("play b g7") == "= ");
      if (std::string(with.line) == "play b c3") CHECK(gtp.ask("undo") == "= ");
    }
  }
  // An analysis is ended by the next one, and a refused one leaves nothing running.
  start_analysis(gtp, "1 kata-analyze 1", kNine, "=1");
  gtp.send("2 lz-analyze 1");
  expect_end_of_analysis(gtp, kNine);
  CHECK(gtp.line() == "=2");
  CHECK(info_line_problem(gtp.line(), lz) == "");
  gtp.send("3 kata-analyze 1 nosuchkey true");
  expect_end_of_analysis(gtp, lz);
  CHECK(gtp.response().starts_with("?3 "));
  CHECK(gtp.is_silent(0.1));
}

TEST_CASE("clients: the header of an analysis comes at once", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  // No line is due for three hours, or ever.
  for (const std::string command : {"kata-analyze 1000000", "lz-analyze b 1000000", "kata-analyze",
                                    "kata-analyze b 1000000 rootInfo true"}) {
    INFO(command);
    gtp.send(command);
    CHECK(gtp.line(10) == "=");
    CHECK(gtp.is_silent(0.05));
    gtp.send("");
    CHECK(gtp.line(10) == "");
  }
  gtp.send("33 kata-analyze 1000000");
  CHECK(gtp.line(10) == "=33");
  gtp.send("");
  CHECK(gtp.line(10) == "");
}

TEST_CASE("clients: intervals may be decimal and are centiseconds", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  start_analysis(gtp, "kata-analyze interval 10.0", kNine);
  gtp.send("");
  expect_end_of_analysis(gtp, kNine);
  const auto start = std::chrono::steady_clock::now();
  start_analysis(gtp, "kata-analyze b 30.0", kNine);  // two lines
  const auto passed = std::chrono::steady_clock::now() - start;
  CHECK(passed > std::chrono::milliseconds(590));
  CHECK(passed < std::chrono::seconds(20));
}

TEST_CASE("clients: keys of analysis lines, pv last unless more was asked for", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  const auto check = [&](const std::string& command, const InfoShape& shape) {
    INFO(command);
    start_analysis(gtp, command, shape);
    gtp.send("");
    expect_end_of_analysis(gtp, shape);
  };
  check("kata-analyze 1", kNine);
  InfoShape shape = kNine;
  shape.ownership = true;
  check("kata-analyze 1 ownership true", shape);
  shape.moves_ownership = shape.pv_visits = true;  // LizzieYzy
  check("kata-analyze B 1 ownership true pvVisits true movesOwnership true", shape);
  shape.root_info = shape.pv_edge_visits = true;
  check(
      "kata-analyze B 1 movesOwnership true ownership true pvVisits true pvEdgeVisits true "
      "rootInfo true",
      shape);
  // Moves without visits have all keys, too.
  shape = kNine;
  shape.moves_ownership = true;
  check("kata-analyze 1 minmoves 60 movesOwnership true", shape);
  shape = kNine;
  shape.root_info = true;
  check("kata-analyze rootInfo true interval 1", shape);
  shape = kNine;
  shape.lz = true;
  check("lz-analyze 1", shape);
  check("lz-analyze b interval 1 avoid b pass,e5 10 avoid w e5 10", shape);
  CHECK(gtp.ask("lz-analyze 1 ownership true").starts_with("? "));
}

TEST_CASE("clients: genmove_analyze ends with the move played", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program, "allowResignation=true,resignThreshold=-0.99");
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  for (const std::string family : {"kata", "lz"}) {
    InfoShape shape = kNine;
    shape.lz = family == "lz";
    for (const char* color : {"b", "w"}) {
      const auto lines = lines_of(gtp.ask("5 " + family + "-genmove_analyze " + color + " 1"));
      REQUIRE(lines.size() >= 3);
      CHECK(lines.front() == "=5");
      for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
        INFO(lines[i]);
        CHECK(info_line_problem(lines[i], shape) == "");
      }
      CHECK(matches(lines.back(), "play ([A-HJ][1-9]|pass|resign)"));
    }
  }
  // Two blanks after the id, as q5Go sends it.
  CHECK(gtp.ask("18  lz-genmove_analyze b 100000").starts_with("=18\ninfo move "));
}

TEST_CASE("clients: the heat map reads kata-raw-nn by lines", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  REQUIRE(gtp.ask("rectangular_boardsize 7 5") == "= ");
  REQUIRE(gtp.ask("play b c3") == "= ");
  const auto lines = lines_of(gtp.ask("kata-raw-nn 3"));
  REQUIRE(lines.size() == 10 + 1 + 5 + 1 + 1 + 5);
  CHECK(lines[0] == "= symmetry 3");
  CHECK(matches(lines[1], R"(whiteWin 0\.[0-9]{6})"));
  CHECK(matches(lines[4], R"(whiteLead -?[0-9]+\.[0-9]{3})"));
  CHECK(lines[10] == "policy");
  for (std::size_t row = 11; row < 16; ++row) {
    INFO(lines[row]);
    CHECK(matches(lines[row], R"(( *([01]\.[0-9]{6}|NAN) ){7})"));
  }
  CHECK(lines[13].substr(18, 8) == "    NAN ");
  CHECK(matches(lines[16], R"(policyPass [01]\.[0-9]{6} ?)"));
  CHECK(lines[17] == "whiteOwnership");
  for (std::size_t row = 18; row < 23; ++row) {
    INFO(lines[row]);
    CHECK(matches(lines[row], R"(( *-?[01]\.[0-9]{7} ?){7})"));
  }
}

TEST_CASE("clients: boards that are not square", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  for (const std::string command :
       {"rectangular_boardsize 9 7", "boardsize 9 7", "boardsize 9:7"}) {
    INFO(command);
    CHECK(gtp.ask("boardsize 5") == "= ");
    CHECK(gtp.ask(command) == "= ");
    CHECK(gtp.ask("play b J7") == "= ");
    CHECK(gtp.ask("play w A8").starts_with("? "));
    InfoShape shape = kNine;
    shape.y_size = 7;
    shape.ownership = true;
    start_analysis(gtp, "kata-analyze 1 ownership true", shape);
    gtp.send("");
    expect_end_of_analysis(gtp, shape);
  }
}

TEST_CASE("clients: time controls of the server bridges", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  CHECK(gtp.ask("kata-list_time_settings") ==
        "= none absolute byoyomi canadian fischer fischer-capped");
  CHECK(gtp.ask("kata-time_settings fischer-capped 120 30 300 -1") == "= ");
  CHECK(gtp.ask("time_left black 110 0") == "= ");
  const std::string fischer = gtp.ask("kata-debug-print-tc");
  CHECK(
      fischer.find("Black originalMainTime 120 increment 30 mainTimeLimit 300 mainTimeLeft 110") !=
      std::string::npos);
  CHECK(gtp.ask("kgs-time_settings byoyomi 60 10 5") == "= ");
  CHECK(gtp.ask("time_left white 8 3") == "= ");  // the third number counts periods
  CHECK(gtp.ask("kata-debug-print-tc").find("inOvertime 1 numPeriodsLeftIncludingCurrent 3") !=
        std::string::npos);
  CHECK(gtp.ask("kgs-time_settings canadian 60 300 25") == "= ");
  CHECK(gtp.ask("time_left black 250 20") == "= ");
  CHECK(gtp.ask("time_settings 0 5 1") == "= ");
  CHECK(gtp.ask("time_settings 1 1 0") == "= ");
  CHECK(gtp.ask("time_settings 0 1 0") == "= ");
  CHECK(gtp.ask("kgs-time_settings none") == "= ");
}

TEST_CASE("clients: parameters change while the engine runs", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  REQUIRE(gtp.ask("play b e5") == "= ");
  CHECK(gtp.ask("kata-get-param playoutDoublingAdvantage") == "= 0.0");
  CHECK(gtp.ask("kata-get-param analysisWideRootNoise") == "= 0.04");
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"numSearchThreads", "3"},
                                                        {"analysisWideRootNoise", "0.2"},
                                                        {"playoutDoublingAdvantage", "1.5"},
                                                        {"maxVisits", "12"}}) {
    // Between the lines of an analysis, as the slider of a dialog does it.
    start_analysis(gtp, "kata-analyze 1", kNine);
    gtp.send("kata-set-param " + name + " " + value);
    expect_end_of_analysis(gtp, kNine);
    CHECK(gtp.response() == "= ");
    CHECK(gtp.ask("kata-get-param " + name) == "= " + value);
  }
  const std::string refused = gtp.ask("kata-set-param numSearchThreads lots");
  CHECK(refused.starts_with("? "));
  CHECK(refused.find("numSearchThreads") != std::string::npos);
  CHECK(gtp.ask("kata-get-param numSearchThreads") == "= 3");
  CHECK(gtp.ask("undo") == "= ");  // the game is still there
}

TEST_CASE("clients: positions, handicap and records", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program);
  const TempDir dir;
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  CHECK(gtp.ask("set_position b c3 w g7 b e5") == "= ");
  CHECK(gtp.ask("showboard").find("5 . . . . X . . . .") != std::string::npos);
  CHECK(gtp.ask("clear_board") == "= ");
  CHECK(gtp.ask("fixed_handicap 2") == "= G7 C3");
  CHECK(gtp.ask("clear_board") == "= ");
  CHECK(matches(gtp.ask("place_free_handicap 3"), "= [A-J][1-9] [A-J][1-9] [A-J][1-9]"));
  CHECK(gtp.ask("clear_board") == "= ");
  CHECK(gtp.ask("set_free_handicap c3 g7") == "= ");
  const std::string file = dir.path() + "/game.sgf";
  CHECK(gtp.ask("printsgf " + file) == "= ");
  CHECK(gtp.ask("clear_board") == "= ");
  CHECK(gtp.ask("loadsgf " + file) == "= ");
  CHECK(gtp.ask("showboard").find("Next player: White") != std::string::npos);
  CHECK(gtp.ask("clear_cache") == "= ");
  CHECK(matches(gtp.ask("final_score"), R"(= (0|[BW]\+[0-9]+\.[05]))"));
}

TEST_CASE("clients: GoGui interrupts by a comment", "[clients][gtp]") {
  NEED_PROGRAM();
  GtpClient gtp(*program, "maxVisits=100000000");
  CHECK(listed_commands(gtp).count("gogui-interrupt") == 1);
  CHECK(gtp.ask("gogui-interrupt") == "= ");
  REQUIRE(gtp.ask("boardsize 9") == "= ");
  gtp.send("genmove b");
  CHECK(gtp.is_silent(0.1));
  gtp.send("# interrupt");
  CHECK(matches(gtp.response(), "= ([A-HJ][1-9]|pass)"));
}
