// Error responses of GTP: the words that were wrong and what would have been right.
#include <catch2/catch.hpp>

#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

using namespace hayago::test;

TEST_CASE("clients: error responses say what was expected", "[clients][gtp]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  GtpClient gtp(*program);
  REQUIRE(gtp.ask("boardsize 9 7") == "= ");
  struct Mistake {
    const char *line, *said, *expected;  // both must appear in the response
  };
  const Mistake mistakes[] = {
      {"boardsize nine", "'nine'", "integers"},
      {"boardsize 9 7 5", "'9 7 5'", "COLUMNS ROWS"},
      {"play b", "'b'", "COLOR VERTEX"},
      {"play x d4", "'x'", "b, black, w or white"},
      {"play b i5", "'i5'", "columns A to J without I, rows 1 to 7"},
      {"play b d8", "'d8'", "9x7"},
      {"set_position b a1 w", "'b a1 w'", "COLOR VERTEX"},
      {"set_position b z1", "'z1'", "columns A to J"},
      {"komi x", "'x'", "number"},
      {"genmove", "''", "COLOR"},
      {"genmove q", "'q'", "black"},
      {"time_settings 1 x 1", "'x'", "argument 2"},
      {"time_settings 1 1 -1", "-1", "from 0"},
      {"time_left b", "'b'", "COLOR TIME STONES"},
      {"time_left b x 0", "'b x 0'", "COLOR SECONDS STONES"},
      {"time_left b -99 0", "-99", "from -10"},
      {"kata-time_settings sudden 5", "'sudden'", "fischer-capped"},
      {"kata-time_settings byoyomi 60", "argument 3", "missing"},
      {"kata-get-param maxVisit", "'maxVisit'", "'maxVisits'"},
      {"kata-set-param maxVisits none", "'none'", "integer from 1"},
      {"kata-set-param rules chinese", "'rules'", "configuration"},
      {"kata-set-params [1]", "[1]", "JSON object"},
      {"kata-set-params {", "column", "JSON object"},
      {"kata-set-rules nonsense", "'nonsense'", "unknown rules"},
      {"kgs-rules korean", "'korean'", "new_zealand"},
      {"fixed_handicap many", "'many'", "integer"},
      {"set_free_handicap a1 z9", "'z9'", "rows 1 to 7"},
      {"final_status_list all", "'all'", "alive, dead or seki"},
      {"loadsgf", "''", "FILE"},
      {"loadsgf /nonexistent.sgf", "/nonexistent.sgf", "sgf"},
      {"loadsgf x 0", "'0'", "from 1"},
      {"kata-raw-nn 9", "'9'", "0 to 7"},
      {"kata-analyze 1 maxmoves", "maxmoves", "missing"},
      {"lz-genmove_analyze b 1 rootInfo true", "'rootInfo'", "avoid"},
      {"kata-benchmark lots", "'lots'", "integer"},
  };
  for (const Mistake& mistake : mistakes) {
    if (std::string(mistake.line) == "kata-benchmark lots") gtp.ask("boardsize 9");
    const std::string reply = gtp.ask(mistake.line);
    INFO(mistake.line << ": " << reply);
    CHECK(reply.starts_with("? "));
    CHECK(reply.find(mistake.said) != std::string::npos);
    CHECK(reply.find(mistake.expected) != std::string::npos);
  }
}
