// Requests of the analysis protocol: order of the checks, fields, positions. No engine.
#include <catch2/catch.hpp>

#include "gtp/json/fields.h"
#include "gtp/json/query.h"
#include "gtp/json/response.h"

namespace {

using namespace hayago;
using gtp::AnalysisAction;
using gtp::AnalysisQuery;
using nlohmann::json;

const gtp::QueryContext& context() {
  static const gtp::QueryContext shared = gtp::load_query_context(gtp::Config(), false);
  return shared;
}

gtp::ParsedRequest parse(const json& request) {
  return gtp::parse_request(request.dump(), context());
}

json base(const json& changes = json::object()) {
  json out{{"id", "q"},
           {"boardXSize", 9},
           {"boardYSize", 9},
           {"moves", json::array()},
           {"rules", "tromp-taylor"},
           {"komi", 6.5}};
  for (const auto& [key, value] : changes.items()) out[key] = value;
  return out;
}

std::shared_ptr<const AnalysisQuery> accept(const json& changes = json::object()) {
  const auto parsed = parse(base(changes));
  INFO(parsed.error.dump());
  REQUIRE(parsed.error.is_null());
  REQUIRE(parsed.warnings.empty());
  return std::get<std::shared_ptr<const AnalysisQuery>>(parsed.request);
}

// [[player, vertex], ...]; a braced list of pairs of texts would become an object.
json pairs(std::initializer_list<std::pair<const char*, const char*>> list) {
  json out = json::array();
  for (const auto& [player, vertex] : list) out.push_back(json::array({player, vertex}));
  return out;
}

// "field: text"; the id must be that of the request.
std::string refuse(const json& changes) {
  const auto parsed = parse(base(changes));
  REQUIRE(parsed.error.is_object());
  REQUIRE(parsed.request.index() == 0);
  CHECK(parsed.error.at("id") == "q");
  return parsed.error.at("field").get<std::string>() + ": " +
         parsed.error.at("error").get<std::string>();
}

TEST_CASE("request: lines without a usable id", "[analysis]") {
  const auto error_of = [](const std::string& line) {
    const auto parsed = gtp::parse_request(line, context());
    REQUIRE(parsed.error.is_object());
    CHECK(parsed.error.size() == 1);
    return parsed.error.at("error").get<std::string>();
  };
  for (const char* bad :
       {"not json", "{", R"({"id":"x",})", "{'id':'x'}", R"({"id":"x"} y)",
        R"({"id":"x","boardXSize":1e400})", R"({"id":"\q"})", "\xFF", "\"\xC3\""}) {
    INFO(bad);
    const std::string text = error_of(bad);
    CHECK(text.find(" - could not parse input line as json request: ") != std::string::npos);
    CHECK(text.find("json.exception") == std::string::npos);
    // Never invalid UTF-8 on the wire, and always one line.
    const std::string line = gtp::to_line(gtp::error_response(text));
    CHECK(json::parse(line).is_object());
    CHECK(line.find('\n') == std::string::npos);
  }
  for (const char* bad : {"[]", "5", "null", "\"text\""}) {
    CHECK(error_of(bad).find("must be a JSON object") != std::string::npos);
  }
  for (const char* bad : {"{}", R"({"id":5})", R"({"ID":"x"})", R"({"action":"query_version"})"}) {
    CHECK(error_of(bad).find("\"id\"") != std::string::npos);
  }
  CHECK(error_of(R"({"id":"x","action":"foo"})").find("Unknown action 'foo'") == 0);
  CHECK(error_of(std::string(100'000, '[')).find("Nested deeper") == 0);
  CHECK(error_of(std::string(1'000'000, 'x')).size() < 20'000);
}

TEST_CASE("request: the checks run in the specified order", "[analysis]") {
  // Every entry breaks one more field, from the last checked to the first one.
  json request = base();
  const std::vector<std::pair<std::string, json>> breakages{{"allowMoves", 5},
                                                            {"priority", 1.5},
                                                            {"firstReportDuringSearchAfter", 0},
                                                            {"reportDuringSearchEvery", 0},
                                                            {"includeNoResultValue", 1},
                                                            {"includePVVisits", 1},
                                                            {"includePolicy", 1},
                                                            {"includeOwnershipStdev", 1},
                                                            {"includeOwnership", 1},
                                                            {"includeMovesOwnershipStdev", 1},
                                                            {"includeMovesOwnership", 1},
                                                            {"rootPolicyTemperature", 0},
                                                            {"rootFpuReductionMax", 3},
                                                            {"analysisPVLen", 0},
                                                            {"maxVisits", 0},
                                                            {"overrideSettings", 5},
                                                            {"whiteHandicapBonus", 5},
                                                            {"komi", 0.3},
                                                            {"rules", 5},
                                                            {"priorities", 5},
                                                            {"analyzeTurns", 5},
                                                            {"initialPlayer", 5},
                                                            {"moves", 5},
                                                            {"initialStones", 5},
                                                            {"boardYSize", 1},
                                                            {"boardXSize", 1}};
  for (const auto& [field, value] : breakages) {
    request[field] = value;
    const auto parsed = parse(request);
    REQUIRE(parsed.error.is_object());
    CHECK(parsed.error.at("field") == field);
  }
  request.erase("boardYSize");
  CHECK(parse(request).error.at("field") == "boardYSize");  // presence comes before values
  request.erase("boardXSize");
  CHECK(parse(request).error.at("field") == "boardXSize");
}

TEST_CASE("request: warnings come before an illegal move", "[analysis]") {
  const auto parsed = parse(base({{"zz", 1},
                                  {"Komi", 2},
                                  {"rules", {{"ko", "SPIGHT"}}},
                                  {"overrideSettings", {{"foo", 1}, {"bar", 2}}},
                                  {"moves", pairs({{"b", "c3"}, {"w", "c3"}})}}));
  REQUIRE(parsed.warnings.size() == 4);
  CHECK(parsed.warnings[0].at("field") == "overrideSettings");
  CHECK(parsed.warnings[0].at("warning") == "Unknown config params: bar,foo");
  CHECK(parsed.warnings[1].at("field") == "rules");
  CHECK(parsed.warnings[1].at("warning").get<std::string>().find("koSITUATIONAL") !=
        std::string::npos);
  CHECK(parsed.warnings[2].at("field") == "Komi");
  CHECK(parsed.warnings[2].at("warning").get<std::string>().find("did you mean komi?") !=
        std::string::npos);
  CHECK(parsed.warnings[3].at("field") == "zz");
  CHECK(parsed.error.at("field") == "moves");
  CHECK(parsed.error.at("error").get<std::string>().find("Illegal move 1: C3") == 0);
}

TEST_CASE("request: single fields", "[analysis]") {
  CHECK(refuse({{"boardXSize", 29}}) == "boardXSize: Must provide an integer from 2 to 19");
  CHECK(refuse({{"boardXSize", 19.0}}).find("boardXSize") == 0);
  CHECK(refuse({{"boardXSize", "19"}}).find("boardXSize") == 0);
  CHECK(refuse({{"boardXSize", nullptr}}).find("boardXSize") == 0);
  CHECK(
      refuse({{"moves", pairs({{"b", "z9"}})}}).find("moves: Could not parse board location: z9") ==
      0);
  CHECK(
      refuse({{"moves", pairs({{"b", "(25,4)"}})}}).find("moves: Could not parse board location") ==
      0);
  CHECK(refuse({{"moves", pairs({{"x", "c3"}})}}).find("moves: Could not parse player: x") == 0);
  CHECK(refuse({{"initialStones", pairs({{"b", "pass"}})}}).find("initialStones") == 0);
  CHECK(refuse({{"analyzeTurns", {1}}}).find("analyzeTurns: Invalid turn number: 1") == 0);
  CHECK(refuse({{"analyzeTurns", {1e300}}}).find("analyzeTurns") == 0);
  CHECK(refuse({{"priorities", {1}}}).find("priorities") == 0);
  CHECK(refuse({{"analyzeTurns", {0}}, {"priorities", {5e18}}}).find("priorities") == 0);
  CHECK(refuse({{"maxVisits", 18446744073709551615ULL}}).find("maxVisits") == 0);
  CHECK(refuse({{"komi", "6.5"}}).find("komi") == 0);
  CHECK(refuse({{"rules", "foo"}}).find("rules: Could not parse rules: foo") == 0);
  CHECK(refuse({{"rules", {{"bad", 1}}}}).find("rules: Could not parse rules: {\"bad\":1}") == 0);
  CHECK(refuse({{"overrideSettings", {{"cpuctExploration", 11}}}}).find("0 to 10") !=
        std::string::npos);
  CHECK(refuse({{"overrideSettings", {{"reportAnalysisWinratesAs", "FOO"}}}}).find("FOO") !=
        std::string::npos);
  CHECK(refuse({{"overrideSettings", {{"humanSLProfile", "rank_5k"}}}}).find("human") !=
        std::string::npos);
  CHECK(refuse({{"avoidMoves", json::array()}, {"allowMoves", json::array()}}).find("allowMoves") ==
        0);
  const auto entry = [](const char* player, const json& moves, const json& depth) {
    return json::array({{{"player", player}, {"moves", moves}, {"untilDepth", depth}}});
  };
  // Messages repeat what came instead, shortened.
  CHECK(refuse({{"analyzeTurns", "all"}}).ends_with(", got \"all\""));
  CHECK(refuse({{"initialPlayer", "x"}}).ends_with(", got \"x\""));
  CHECK(refuse({{"whiteHandicapBonus", "M"}}).ends_with(", got \"M\""));
  CHECK(refuse({{"overrideSettings", std::string(1000, 'x')}}).size() < 300);
  CHECK(refuse({{"avoidMoves", entry("x", {"C3"}, 1)}}) ==
        "player: Must be \"b\" or \"w\", got \"x\" (in avoidMoves)");
  CHECK(refuse({{"avoidMoves", entry("b", {5}, 1)}}).find("moves: ") == 0);
  CHECK(refuse({{"avoidMoves", entry("b", {"Z9"}, 1)}}).find("moves: ") == 0);
  CHECK(refuse({{"avoidMoves", entry("b", {"C3"}, 0)}}).find("untilDepth: ") == 0);
}

TEST_CASE("request: a query with everything", "[analysis]") {
  const auto query =
      accept({{"moves", pairs({{"b", "e5"}, {"w", "pass"}})},
              {"analyzeTurns", {2, 0.9, true, 2}},
              {"priorities", {1, 2, 3, 4}},
              {"maxVisits", 77},
              {"analysisPVLen", 3},
              {"rootFpuReductionMax", 0.5},
              {"rootPolicyTemperature", 1.5},
              {"includeOwnership", true},
              {"includePolicy", true},
              {"reportDuringSearchEvery", 2},
              {"overrideSettings", {{"wideRootNoise", 0.5}, {"maxTime", "8"}}},
              {"avoidMoves", {{{"player", "w"}, {"moves", {"C3", "pass"}}, {"untilDepth", 4}}}}});
  REQUIRE(query->turns.size() == 3);
  CHECK(query->turns[0].turn == 0);
  CHECK(query->turns[0].priority == 2);
  CHECK(query->turns[2].turn == 2);
  CHECK(query->turns[2].priority == 4);  // the last one of a repeated turn counts
  CHECK(query->params.max_visits == 77);
  CHECK(query->params.max_time == 8);
  CHECK(query->params.wide_root_noise == 0.5);
  CHECK(query->params.root_fpu_reduction_max == 0.5);
  CHECK(query->params.root_policy_temperature == 1.5);
  CHECK(query->params.root_policy_temperature_early == 1.5);
  CHECK(query->report.pv_length == 3);
  CHECK(query->report.ownership);
  CHECK_FALSE(query->report.moves_ownership);
  CHECK(query->include_policy);
  CHECK(query->report_every == 2);
  CHECK(query->first_report_after == 2);
  CHECK(query->avoid.black.empty());
  const auto& board = query->initial.board();
  CHECK(query->avoid.white.at(static_cast<std::size_t>(board.loc(2, 6))) == 4);
  CHECK(query->avoid.white.at(search::kPassLoc) == 4);
  CHECK(query->avoid.white.at(static_cast<std::size_t>(board.loc(0, 0))) == 0);
}

TEST_CASE("request: defaults without a configuration", "[analysis]") {
  const auto query = accept();
  CHECK(query->params.max_visits == 500);
  CHECK(query->params.num_search_threads == 1);
  CHECK(query->report.pv_length == 15);
  CHECK(query->turns.size() == 1);
  gtp::Config limited;
  limited.set("maxTime", "3");
  CHECK(gtp::load_query_context(limited, false).params.max_visits > 1'000'000);
}

TEST_CASE("request: allowMoves restricts everything else", "[analysis]") {
  const auto query =
      accept({{"allowMoves", {{{"player", "b"}, {"moves", {"C3"}}, {"untilDepth", 2}}}}});
  const auto& board = query->initial.board();
  CHECK(query->avoid.black.at(static_cast<std::size_t>(board.loc(2, 6))) == 0);
  CHECK(query->avoid.black.at(search::kPassLoc) == 2);
  CHECK(query->avoid.black.at(static_cast<std::size_t>(board.loc(0, 0))) == 2);
}

TEST_CASE("request: positions", "[analysis]") {
  using search::Color;
  // Initial stones are put one by one with captures (spec/08 section 2.2).
  const auto captured = accept({{"initialStones", pairs({{"B", "A1"}, {"W", "A2"}, {"W", "B1"}})}});
  CHECK(captured->initial.board().stones_on_board() == 2);
  CHECK(captured->initial.next_player() == Color::kBlack);
  const auto handicap = accept({{"initialStones", pairs({{"B", "C3"}, {"B", "G7"}})}});
  CHECK(handicap->initial.next_player() == Color::kWhite);
  const auto first = accept({{"moves", pairs({{"w", "C3"}})}});
  CHECK(first->initial.next_player() == Color::kWhite);
  const auto given = accept({{"moves", pairs({{"w", "C3"}, {"b", "D3"}})}, {"initialPlayer", "b"}});
  CHECK(given->state_at(0).next_player() == Color::kBlack);
  CHECK(given->state_at(1).next_player() == Color::kBlack);
  CHECK(given->state_at(2).board().stones_on_board() == 2);
}

TEST_CASE("request: actions", "[analysis]") {
  const auto action = [](const json& request) {
    const auto parsed = parse(request);
    REQUIRE(parsed.error.is_null());
    return std::get<AnalysisAction>(parsed.request);
  };
  const AnalysisAction one = action(
      {{"id", "k"}, {"action", "terminate"}, {"terminateId", "x"}, {"turnNumbers", {1, true}}});
  CHECK(one.kind == gtp::ActionKind::kTerminate);
  CHECK(one.terminate_id == "x");
  CHECK(*one.turns == std::vector<std::int64_t>{1, 1});
  CHECK(one.request.at("turnNumbers").size() == 2);
  CHECK_FALSE(action({{"id", "k"}, {"action", "terminate_all"}}).turns.has_value());
  CHECK(parse({{"id", "k"}, {"action", "terminate"}}).error.at("field") == "terminateId");
  CHECK(parse({{"id", "k"}, {"action", "terminate_all"}, {"turnNumbers", 5}}).error.at("field") ==
        "turnNumbers");
  // A non-string action is not an action.
  CHECK(parse({{"id", "k"}, {"action", 5}}).error.at("field") == "boardXSize");
}

TEST_CASE("response: rounding to nine significant digits", "[analysis]") {
  CHECK(gtp::round_significant(0) == 0);
  CHECK(gtp::round_significant(1.23456789012) == 1.23456789);
  CHECK(gtp::round_significant(-0.000123456789012) == -0.000123456789);
  CHECK(gtp::round_significant(123456789012.0) == 123456789012.0);
  CHECK(gtp::round_significant(1e-70) == 1e-70);
  CHECK(gtp::round_significant(0.5) == 0.5);
}

}  // namespace
