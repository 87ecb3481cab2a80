// Rules of the analysis protocol that programs rely on (e2e/README.md), on made-up evaluations.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
using nlohmann::json;

class Analysis {
 public:
  Analysis(const std::string& program, const std::vector<std::string>& more_args = {})
      : process_(program, arguments(more_args), empty_home(home_)) {}

  void send(const json& request) { REQUIRE(process_.write_line(request.dump())); }
  void send_text(const std::string& line) { REQUIRE(process_.write_line(line)); }
  // The next response; each is one line without blanks and with sorted keys.
  json next() {
    const auto line = process_.read_line(kClientSeconds);
    REQUIRE(line);
    json response = json::parse(*line);
    CHECK(response.dump() == *line);
    return response;
  }
  json ask(const json& request) {
    send(request);
    return next();
  }
  bool is_silent(double seconds) { return !process_.read_line(seconds); }
  Process& process() { return process_; }

 private:
  static std::vector<std::string> arguments(const std::vector<std::string>& more) {
    std::vector<std::string> args{"analysis", "-model", "/dev/null"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  TempDir home_;
  Process process_;
};

#define NEED_PROGRAM()                   \
  const auto program = hayago_program(); \
  if (!program) HAYAGO_SKIP("this build has no program")

// Braces around two texts would make an object of them.
json pairs(const std::vector<std::pair<std::string, std::string>>& moves) {
  json out = json::array();
  for (const auto& [player, vertex] : moves) out.push_back(json::array({player, vertex}));
  return out;
}

// A query as KaTrain sends it, with everything it ever sends.
json katrain_query(int number) {
  json region = json::array();
  for (const char* column : {"A", "B", "C", "D", "E", "F", "G", "H", "J"}) {
    for (int row = 1; row <= 9; ++row) {
      if (row != 5) region.push_back(column + std::to_string(row));
    }
  }
  return {{"id", "QUERY:" + std::to_string(number)},
          {"rules", "japanese"},
          {"priority", 1000 - number},
          {"analyzeTurns", {2}},
          {"maxVisits", 40},
          {"komi", 6.5},
          {"boardXSize", 9},
          {"boardYSize", 9},
          {"includeOwnership", true},
          {"includeMovesOwnership", true},
          {"includePolicy", true},
          {"initialStones", pairs({{"B", "C3"}, {"W", "G7"}})},
          {"initialPlayer", "B"},
          {"moves", pairs({{"B", "E5"}, {"W", "E3"}})},
          {"overrideSettings",
           {{"reportAnalysisWinratesAs", "BLACK"},
            {"wideRootNoise", 0.0},
            {"maxTime", 8.0},
            {"antiMirror", true},
            {"ignorePreRootHistory", false},
            {"playoutDoublingAdvantage", 0.5},
            {"playoutDoublingAdvantagePla", "BLACK"}}},
          {"avoidMoves",
           {{{"moves", region}, {"player", "B"}, {"untilDepth", 1}},
            {{"moves", region}, {"player", "W"}, {"untilDepth", 1}}}}};
}

void check_katrain_reading(const json& response, const std::string& id) {
  INFO(response.dump().substr(0, 500));
  CHECK(response.at("id") == id);
  CHECK_FALSE(response.contains("error"));
  CHECK_FALSE(response.contains("warning"));
  const json& root = response.at("rootInfo");
  for (const char* key : {"visits", "winrate", "scoreLead"}) CHECK(root.at(key).is_number());
  CHECK(response.at("ownership").size() == 81);
  CHECK(response.at("policy").size() == 82);
  int order = 0;
  for (const json& move : response.at("moveInfos")) {
    CHECK(move.at("order") == order++);
    for (const char* key : {"visits", "winrate", "scoreLead", "prior", "scoreStdev", "lcb"}) {
      CHECK(move.at(key).is_number());
    }
    CHECK(move.at("pv").front() == move.at("move"));
    CHECK(move.at("ownership").size() == 81);
    // The region of interest is row 5 (passing is never avoided by it).
    const std::string vertex = move.at("move");
    CHECK((vertex == "pass" || vertex.substr(1) == "5"));
  }
  CHECK(order > 0);
}

}  // namespace

TEST_CASE("clients: query_version and the probe for large boards", "[clients][analysis]") {
  NEED_PROGRAM();
  Analysis engine(*program);
  const json version = engine.ask({{"id", "v"}, {"action", "query_version"}});
  CHECK(version.at("id") == "v");
  CHECK(std::regex_match(version.at("version").get<std::string>(),
                         std::regex(R"([0-9]+\.[0-9]+\.[0-9]+)")));
  CHECK(version.at("engine").get<std::string>().starts_with("hayago "));
  CHECK(version.contains("git_hash"));
  // Ogatak warns its user of a slow build if this is accepted.
  const json probe = engine.ask({{"id", "joseki"},
                                 {"boardXSize", 29},
                                 {"boardYSize", 29},
                                 {"maxVisits", 1},
                                 {"rules", "Chinese"},
                                 {"moves", json::array()}});
  CHECK(probe == json{{"id", "joseki"},
                      {"field", "boardXSize"},
                      {"error", "Must provide an integer from 2 to 19"}});
}

TEST_CASE("clients: a KaTrain query with everything", "[clients][analysis]") {
  NEED_PROGRAM();
  Analysis engine(*program);
  check_katrain_reading(engine.ask(katrain_query(1)), "QUERY:1");

  json illegal = katrain_query(2);
  illegal["moves"] = pairs({{"B", "E5"}, {"W", "E5"}});
  const json refused = engine.ask(illegal);
  CHECK(refused.at("id") == "QUERY:2");
  CHECK(refused.at("error").get<std::string>().find("Illegal move") != std::string::npos);

  // The rules of a record may come as an object.
  json detailed = katrain_query(3);
  detailed["rules"] = {{"ko", "SIMPLE"},        {"scoring", "TERRITORY"},
                       {"tax", "SEKI"},         {"suicide", false},
                       {"hasButton", false},    {"whiteHandicapBonus", "0"},
                       {"friendlyPassOk", true}};
  check_katrain_reading(engine.ask(detailed), "QUERY:3");

  // A profile without a human model is an error of this query, not of the process.
  json human = katrain_query(4);
  human["overrideSettings"]["humanSLProfile"] = "rank_5k";
  CHECK(engine.ask(human).at("error").get<std::string>().find("humanSLProfile") !=
        std::string::npos);
  check_katrain_reading(engine.ask(katrain_query(5)), "QUERY:5");
}

TEST_CASE("clients: pondering ends by terminate", "[clients][analysis]") {
  NEED_PROGRAM();
  Analysis engine(*program);
  json pondering = katrain_query(1);
  pondering["maxVisits"] = 10'000'000;
  pondering["overrideSettings"].erase("maxTime");
  pondering["reportDuringSearchEvery"] = 0.02;
  engine.send(pondering);
  for (int i = 0; i < 3; ++i) {
    const json report = engine.next();
    CHECK(report.at("isDuringSearch") == true);
    check_katrain_reading(report, "QUERY:1");
  }
  const json terminate{{"id", "TERMINATE:2"}, {"action", "terminate"}, {"terminateId", "QUERY:1"}};
  engine.send(terminate);
  bool echoed = false, ended = false;
  while (!echoed || !ended) {
    const json response = engine.next();
    if (response.contains("action")) {
      CHECK(response == terminate);
      CHECK_FALSE(echoed);
      echoed = true;
    } else {
      CHECK_FALSE(ended);
      ended = !response.at("isDuringSearch").get<bool>();
      check_katrain_reading(response, "QUERY:1");
    }
  }
  CHECK(engine.is_silent(0.1));
  // An id may be used again, also while the first is still running.
  json again = katrain_query(1);
  again["analyzeTurns"] = {0, 1, 2};
  engine.send(again);
  engine.send(again);
  std::map<int, int> finals;
  for (int i = 0; i < 6; ++i) ++finals[engine.next().at("turnNumber").get<int>()];
  CHECK(finals == std::map<int, int>{{0, 2}, {1, 2}, {2, 2}});
}

TEST_CASE("clients: LizzieYzy's ids and settings", "[clients][analysis]") {
  NEED_PROGRAM();
  Analysis engine(*program, {"-override-config", "numSearchThreadsPerAnalysisThread=2"});
  const json query{{"id", "17"},
                   {"maxVisits", 8},
                   {"rules", json::parse(R"({"scoring":"AREA","ko":"SIMPLE","suicide":false,)"
                                         R"("tax":"NONE","whiteHandicapBonus":"N",)"
                                         R"("hasButton":false})")},
                   {"komi", 7.5},
                   {"boardXSize", 9},
                   {"boardYSize", 7},
                   {"includePVVisits", true},
                   {"includeOwnership", true},
                   {"includeMovesOwnership", true},
                   {"overrideSettings", {{"reportAnalysisWinratesAs", "SIDETOMOVE"}}},
                   {"initialStones", json::array()},
                   {"moves", pairs({{"B", "C3"}, {"W", "D5"}, {"B", "E4"}})},
                   {"analyzeTurns", {0, 1, 2, 3}}};
  engine.send(query);
  for (int i = 0; i < 4; ++i) {
    const json response = engine.next();
    CHECK(response.at("id") == "17");  // a text, as it was sent
    CHECK(response.at("isDuringSearch") == false);
    CHECK(response.at("ownership").size() == 63);
    for (const json& move : response.at("moveInfos")) {
      CHECK(move.at("pvVisits").size() == move.at("pv").size());
      CHECK(move.at("pvEdgeVisits").size() == move.at("pv").size());
      CHECK(move.at("ownership").size() == 63);
    }
  }
}

TEST_CASE("clients: one query at a time, as Ogatak does it", "[clients][analysis]") {
  NEED_PROGRAM();
  Analysis engine(*program);
  const auto query = [](int number) {
    return json{
        {"id", std::to_string(number)},
        {"maxVisits", 1'000'000'000},
        {"reportDuringSearchEvery", 0.01},
        {"overrideSettings", {{"reportAnalysisWinratesAs", "WHITE"}, {"wideRootNoise", 0.05}}},
        {"rules", "Chinese"},
        {"komi", 7},
        {"boardXSize", 9},
        {"boardYSize", 9},
        {"includeOwnership", true},
        {"moves", json::array()}};
  };
  for (int number = 0; number < 8; ++number) {
    engine.send(query(number));
    if (number % 2 == 0) CHECK(engine.next().at("isDuringSearch") == true);
    engine.send({{"id", "end!"}, {"action", "terminate"}, {"terminateId", std::to_string(number)}});
    int echoes = 0;
    for (bool final = false; !final || echoes == 0;) {
      const json response = engine.next();
      if (response.contains("action")) {
        ++echoes;
        continue;
      }
      CHECK(response.at("id") == std::to_string(number));
      final = !response.at("isDuringSearch").get<bool>();
    }
    CHECK(echoes == 1);
  }
  CHECK(engine.is_silent(0.1));
}

TEST_CASE("clients: errors and warnings say which query and field", "[clients][analysis]") {
  NEED_PROGRAM();
  Analysis engine(*program);
  engine.send_text("this is no JSON");
  const json unparsable = engine.next();
  CHECK_FALSE(unparsable.contains("id"));
  CHECK(unparsable.at("error").get<std::string>().find(
            " - could not parse input line as json request: this is no JSON") != std::string::npos);
  // Warnings come before the results, one for every unknown field.
  json query = katrain_query(1);
  query["misspelt"] = 1;
  query["alsoUnknown"] = true;
  query["overrideSettings"]["nosuch"] = 3;
  engine.send(query);
  for (const char* field : {"overrideSettings", "alsoUnknown", "misspelt"}) {
    const json warning = engine.next();
    CHECK(warning.at("field") == field);
    CHECK(warning.at("id") == "QUERY:1");
    CHECK(warning.at("warning").is_string());
  }
  check_katrain_reading(engine.next(), "QUERY:1");
}

TEST_CASE("clients: the end of input", "[clients][analysis][exit]") {
  NEED_PROGRAM();
  for (const bool waits : {true, false}) {
    INFO("waits " << waits);
    Analysis engine(*program, waits ? std::vector<std::string>{}
                                    : std::vector<std::string>{"-quit-without-waiting"});
    json query = katrain_query(1);
    query["analyzeTurns"] = {0, 1, 2};
    query["maxVisits"] = waits ? 300 : 1'000'000'000;
    query["overrideSettings"].erase("maxTime");
    engine.send(query);
    engine.process().close_stdin();
    int results = 0;
    while (const auto line = engine.process().read_line(kClientSeconds)) {
      CHECK(json::parse(*line).at("isDuringSearch") == false);
      ++results;
    }
    if (waits) CHECK(results == 3);
    CHECK(engine.process().wait(kClientSeconds) == 0);
  }
}
