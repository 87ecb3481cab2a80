// GTP line handling, argument grammar and text formats (spec/07 sections 1, 2, 6 and 12).
#include <catch2/catch.hpp>
#include <sstream>

#include "gtp/protocol/analyze_args.h"
#include "gtp/protocol/command_line.h"
#include "gtp/protocol/commands.h"
#include "gtp/protocol/output.h"
#include "gtp/protocol/text.h"

using namespace hayago::gtp;
using hayago::search::Board;
using hayago::search::Color;

TEST_CASE("lines are cleaned before parsing", "[protocol]") {
  CHECK(clean_line("  name \r") == "name");
  CHECK(clean_line("na\x01\x07me\x7f") == "name");
  CHECK(clean_line("2\tname\t") == "2 name");
  CHECK(clean_line("name # comment") == "name");
  CHECK(clean_line("# only") == "");
  CHECK(clean_line("caf\xc3\xa9") == "caf");
  CHECK(clean_line("play  b d4") == "play  b d4");
}

TEST_CASE("ids, names and arguments", "[protocol]") {
  const auto parsed = [](const char* line) { return parse_command_line(line); };
  CHECK(parsed("007 name").id == "7");
  CHECK(parsed("0 name").id == "0");
  CHECK(parsed("10name").name == "name");
  CHECK(parsed("999999999 name").id == "999999999");
  CHECK(parsed("-5 name").name == "-5");
  CHECK(parsed("1.5 name").name == ".5");
  CHECK(parsed("play  b d4").args == std::vector<std::string>{"", "b", "d4"});
  CHECK(parsed("4").error == "empty command");
  CHECK(parsed("4").id == "4");
  CHECK(!parsed("1234567890 name").error.empty());
  CHECK(parsed("1234567890 name").id.empty());
}

TEST_CASE("responses", "[protocol]") {
  std::ostringstream stream;
  Output output(stream);
  output.reply("", Reply::ok());
  output.reply("7", Reply::ok("a\nb"));
  output.reply("8", Reply::error("two\n\nlines"));
  output.reply("9", Reply::streamed());
  output.begin_stream("9");
  output.line("info");
  output.end_stream();
  CHECK(stream.str() == "= \n\n=7 a\nb\n\n?8 two  lines\n\n=9\ninfo\n\n");
}

TEST_CASE("number formats", "[protocol]") {
  CHECK(format_g(7) == "7");
  CHECK(format_g(1e20) == "1e+20");
  CHECK(format_g(0.22768) == "0.22768");
  CHECK(format_g(-0.0) == "-0");
  CHECK(format_g_point(19) == "19.0000");
  CHECK(format_g_point(0) == "0.00000");
}

TEST_CASE("short model names", "[protocol]") {
  CHECK(short_model_name("g170-b6c96-s175395328-d26788732") == "g170-b6c96-s175M");
  CHECK(short_model_name("kata1-b18c384nbt-s9996604416-d4316597426") == "b18c384nbt-s9996M");
  CHECK(short_model_name("x-s12345-d1") == "x-s12K");
  CHECK(short_model_name("x-s1234") == "x-s1234");
  CHECK(short_model_name("tiny-human-test-v15") == "tiny-human-test-v15");
}

TEST_CASE("analyze arguments", "[protocol]") {
  const Board board(7, 7);
  const auto parse = [&](std::vector<std::string> words, AnalyzeStyle style = AnalyzeStyle::kKata) {
    return parse_analyze_args(words, style, Color::kWhite, board);
  };
  const auto plain = parse({});
  REQUIRE(plain);
  CHECK(plain->player == Color::kWhite);
  CHECK(plain->period_seconds() == 0);
  const auto full = parse({"b", "10.0", "maxmoves", "3", "ownership", "TRUE", "avoid", "w",
                           "d4,c3,", "5", "avoid", "w", "e5", "2", "allow", "b", "pass,a1", "1"});
  REQUIRE(full);
  CHECK(full->player == Color::kBlack);
  CHECK(full->period_seconds() == Approx(0.1));
  CHECK(full->max_moves == 3);
  CHECK(full->ownership);
  CHECK(full->avoid.white[static_cast<std::size_t>(board.loc(3, 3))] == 5);
  CHECK(full->avoid.white[static_cast<std::size_t>(board.loc(4, 2))] == 2);
  CHECK(full->avoid.black[hayago::search::kPassLoc] == 0);
  CHECK(full->avoid.black[static_cast<std::size_t>(board.loc(0, 0))] == 1);
  CHECK(parse({"1e9"})->period_seconds() == 0);
  CHECK(parse({"0"})->period_seconds() > 0);
  const std::vector<std::vector<std::string>> refused{
      {"x"},
      {"-1"},
      {"nan"},
      {"1e26"},
      {"b", "1", "interval"},
      {"1", "foo", "bar"},
      {"1", "ownership", "yes"},
      {"1", "minmoves", "-1"},
      {"1", "maxmoves", "1.5"},
      {"1", "maxmoves", "1000000000"},
      {"1", "avoid", "b"},
      {"1", "avoid", "b", "d4"},
      {"1", "avoid", "b", "d4", "0"},
      {"1", "avoid", "b", "z4", "1"},
      {"1", "1"},
      {"b", "b"},
      {"1", "avoid", "b", "d4", "1", "allow", "b", "d4", "1"},
      {"1", "allow", "b", "d4", "1", "allow", "b", "e4", "1"},
      {"1", "allow", "b", "d4", "1", "avoid", "b", "e4", "1"},
      {"interval", "1", "b"}};
  for (const auto& words : refused) {
    INFO(words.back() << " after " << words.size() << " words");
    CHECK(!parse(words));
  }
  CHECK(!parse({"1", "ownership", "true"}, AnalyzeStyle::kLz));
  CHECK(!parse({"1", "rootInfo", "true"}, AnalyzeStyle::kSabaki));
}

TEST_CASE("refused analyze arguments say which word and what was expected", "[protocol]") {
  const Board board(9, 7);
  const auto problem = [&](const std::vector<std::string>& words,
                           AnalyzeStyle style = AnalyzeStyle::kKata) {
    std::string text;
    CHECK(!parse_analyze_args(words, style, Color::kWhite, board, &text));
    return text;
  };
  CHECK(problem({"x"}).find("word 1, 'x', is no color, interval or key") != std::string::npos);
  CHECK(problem({"b", "1", "pvvisits", "true"}).find("word 3, 'pvvisits', is no key") !=
        std::string::npos);
  CHECK(problem({"b", "1", "pvvisits", "true"}).find("pvVisits") != std::string::npos);
  CHECK(problem({"1", "ownership", "true"}, AnalyzeStyle::kLz).find("pvVisits") ==
        std::string::npos);
  CHECK(problem({"1", "maxmoves"}).ends_with("the value of maxmoves is missing"));
  CHECK(problem({"1", "maxmoves", "-1"}).ends_with("maxmoves expects a number of moves, not '-1'"));
  CHECK(problem({"1", "ownership", "yes"}).ends_with("expects true or false, not 'yes'"));
  CHECK(problem({"1", "avoid", "b", "z4", "1"})
            .find("'z4' is no point of this 9x7 board (columns "
                  "A to J without I, rows 1 to 7)") != std::string::npos);
  CHECK(problem({"1", "avoid", "q", "a4", "1"}).find("'q' is no color") != std::string::npos);
  CHECK(problem({"1", "avoid", "b", "a4", "0"}).find("a depth from 1, not '0'") !=
        std::string::npos);
  CHECK(problem({"1", "allow", "b", "a4"}).find("COLOR VERTEX,VERTEX,... DEPTH") !=
        std::string::npos);
}

TEST_CASE("the command table", "[protocol]") {
  REQUIRE(find_command("genmove") != nullptr);
  CHECK(find_command("Genmove") == nullptr);
  CHECK(find_command("analyze") != nullptr);
  CHECK(!find_command("analyze")->listed);
  for (const GtpCommand& command : gtp_commands()) {
    INFO(command.name);
    CHECK((command.max_args == -1 || command.max_args >= command.min_args));
    CHECK(find_command(command.name) == &command);
  }
}
