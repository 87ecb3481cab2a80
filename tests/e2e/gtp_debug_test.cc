// Texts for people who look into the search: debug_moves and search summaries (spec/07 section
// 16.3), against the recorded ones.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/gtp_client.h"
#include "tests/support/gtp_script.h"
#include "tests/support/shared_data.h"
#include "tests/support/transcript_compare.h"

namespace {

using namespace hayago::test;

const char* const kNetwork = "models/g170-b6c96-s175395328-d26788732.bin.gz";

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// The reference ends debug_moves with an empty line too many (not required).
std::string without_double_blanks(std::string text) {
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n")) {
    text.erase(at, 1);
  }
  return text;
}

// Recorded tree lines are marked as free text; this makes them count: every number of a line is a
// float or a count, everything else is literal.
std::string with_counting_trees(const std::string& recorded) {
  static const std::regex line("<<x ((?:[A-Za-z0-9 ]*): (?:T .*N +[0-9]+  --.*|.*))>>");
  static const std::regex number("([-+]?[0-9]+\\.[0-9]+)(?=[c%)]| L|\\)| )");
  std::istringstream in(recorded);
  std::string out, text;
  while (std::getline(in, text)) {
    std::smatch match;
    if (std::regex_match(text, match, line) && text.find(" N ") != std::string::npos) {
      text = std::regex_replace(match[1].str(), number, "<<f $1>>");
    }
    out += text + "\n";
  }
  return out;
}

// Numbers stand in columns; only the blanks between them may differ (a digit more or less).
std::string without_columns(const std::string& text) {
  return std::regex_replace(text, std::regex(" +"), " ");
}

std::string difference(const std::string& recorded, const std::string& actual) {
  TranscriptOptions options;
  options.values = true;
  // Utilities are in hundredths; bounds amplify the differences of two-visit samples.
  options.tolerance = 0.02;
  return compare_transcript(without_columns(recorded), without_columns(actual), options).where;
}

}  // namespace

TEST_CASE("debug_moves lists the tree as recorded", "[gtp][golden][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  HAYAGO_SHARED_FILE(script, "golden/gtp/29-debug-moves.in.txt");
  HAYAGO_SHARED_FILE(recorded, "golden/gtp/29-debug-moves.out.txt");
  HAYAGO_SHARED_FILE(model, kNetwork);
  const GtpScriptResult result = run_gtp_script(*program, script, model);
  CHECK(result.problem.empty());
  const std::string expected = with_counting_trees(without_double_blanks(read_file(recorded)));
  CHECK(expected.find("T  <<f 43.37>>c") != std::string::npos);  // the lines do count
  CHECK(difference(expected, result.output) == "");
}

TEST_CASE("search summaries are as recorded", "[gtp][golden][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  HAYAGO_SHARED_FILE(script, "golden/gtp/41-debug-stderr.in.txt");
  HAYAGO_SHARED_FILE(recorded, "golden/gtp/41-debug-stderr.err.txt");
  HAYAGO_SHARED_FILE(model, kNetwork);
  const GtpScriptResult result = run_gtp_script(*program, script, model);
  // The start-up lines are each program's own.
  const auto from_chat = [](const std::string& text) {
    return text.substr(text.find("MALKOVICH"));
  };
  REQUIRE(result.error_text.find("MALKOVICH") != std::string::npos);
  CHECK(difference(with_counting_trees(from_chat(read_file(recorded))),
                   from_chat(result.error_text)) == "");
}

TEST_CASE("debug_moves goes down the tree and says what is wrong", "[gtp]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  GtpClient gtp(*program, "numSearchThreads=1,maxVisits=200");
  REQUIRE(gtp.ask("boardsize 5") == "= ");
  // No tree yet: only the board.
  CHECK(gtp.ask("debug_moves").find(": ", 30) == std::string::npos);
  const std::string analysis = gtp.ask("kata-search_analyze b maxmoves 1");
  std::smatch pv;
  REQUIRE(std::regex_search(analysis, pv, std::regex(" pv ([A-E][1-5]) ([A-E][1-5])")));
  const std::string first = pv[1], second = pv[2];
  const std::string tree = gtp.ask("debug_moves " + first);
  INFO(tree);
  CHECK(tree.find("MoveNum: 1 ") != std::string::npos);
  CHECK(std::regex_search(
      tree, std::regex("\n: T .* N +200  -- .*\n" + first + "  : T .* N .*\n---White\\(v\\)---\n" +
                       first + "  " + second + "  : T ")));
  const std::string deeper = gtp.ask("debug_moves " + first + " " + second + " rawstats");
  CHECK(deeper.find("---Black(^)---") != std::string::npos);
  CHECK(std::regex_search(deeper, std::regex("\nPolicy: ([0-9.]+% ){8}\nWhite winloss: "
                                             "(-?[0-9.]+c ){8}\nWhite lead: (-?[0-9.]+ ?){8}$")));
  // A move that was never tried: the nodes known on the way.
  CHECK(gtp.ask("debug_moves pass pass pass").find("\n: T ") != std::string::npos);
  for (const char* words : {"foo", "c3 c3", "a6", "pass z1"}) {
    const std::string reply = gtp.ask(std::string("debug_moves ") + words);
    INFO(reply);
    CHECK(reply.starts_with("? invalid move sequence"));
    const std::string last = std::string(words).substr(std::string(words).rfind(' ') + 1);
    CHECK(reply.find("'" + last + "'") != std::string::npos);
  }
}

TEST_CASE("the log shows what lies below the chosen move on request", "[gtp]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  for (const bool chosen : {false, true}) {
    const std::string log = dir.path() + (chosen ? "/b.log" : "/a.log");
    {
      GtpClient gtp(*program, "logSearchInfo=true,logFile=" + log +
                                  ",logSearchInfoForChosenMove=" + (chosen ? "true" : "false"));
      REQUIRE(gtp.ask("boardsize 5") == "= ");
      CHECK(gtp.ask("genmove b").starts_with("= "));
      CHECK(gtp.process().stderr_text().find("Root visits") == std::string::npos);
    }
    const std::string text = read_file(log);
    CHECK(text.find("Root visits: 20\n") != std::string::npos);
    CHECK(std::regex_search(text, std::regex("\nNN rows: [0-9]+\nNN batches: [0-9]+\n")));
    CHECK((text.find("Below the chosen move:\n: T ") != std::string::npos) == chosen);
  }
}
