// Bad input of the position lines is answered with the place and what was expected.
#include <catch2/catch.hpp>

#include "gtp/json/position_line.h"

using hayago::gtp::computed_fields;
using hayago::gtp::read_position_line;
using Json = nlohmann::ordered_json;

namespace {
std::string error_of(const std::string& text) {
  const auto position = read_position_line(Json::parse(text));
  CHECK(!position);
  return position.error;
}
}  // namespace

TEST_CASE("a minimal position line needs only the board size", "[position_line]") {
  const auto position = read_position_line(Json::parse(R"({"boardXSize":3,"boardYSize":2})"));
  REQUIRE(position);
  const Json out = computed_fields(*position.value, {7});
  CHECK(out["nextPlayer"] == "B");
  CHECK(out["board"] == "......");
  CHECK(out["legal"] == "1111111");
  CHECK(out["scoreIfEndedNow"] == 7.5);
  CHECK(out["v7"]["s"].size() == 1);
  CHECK(out["v7"]["g"].size() == 19);
  CHECK_FALSE(out.contains("meta"));
  CHECK_FALSE(out.contains("v6"));
}

TEST_CASE("errors of position lines name the field", "[position_line]") {
  using Catch::Contains;
  CHECK_THAT(error_of("[]"), Contains("object"));
  CHECK_THAT(error_of("{}"), Contains("boardXSize"));
  CHECK_THAT(error_of(R"({"boardXSize":9,"boardYSize":99})"), Contains("boardYSize"));
  CHECK_THAT(error_of(R"({"boardXSize":9.5,"boardYSize":9})"), Contains("boardXSize"));
  CHECK_THAT(error_of(R"({"boardXSize":18446744073709551615,"boardYSize":9})"),
             Contains("boardXSize"));
  const auto with = [](const std::string& fields) {
    return error_of(R"({"boardXSize":5,"boardYSize":5,)" + fields + "}");
  };
  CHECK_THAT(with(R"("rules":7)"), Contains("rules"));
  CHECK_THAT(with(R"("rules":"mars")"), Contains("rules") && Contains("mars"));
  CHECK_THAT(with(R"("rules":{"ko":"NONE"})"), Contains("NONE"));
  CHECK_THAT(with(R"("komi":"7")"), Contains("komi"));
  CHECK_THAT(with(R"("moves":{})"), Contains("moves"));
  CHECK_THAT(with(R"("moves":[["B","C3"],["W","C3"]])"), Contains("moves[1]"));
  CHECK_THAT(with(R"("moves":[["B","Z9"]])"), Contains("moves[0]"));
  CHECK_THAT(with(R"("moves":[["X","C3"]])"), Contains("player"));
  CHECK_THAT(with(R"("moves":["C3"])"), Contains("moves[0]"));
  CHECK_THAT(with(R"("initialStones":[["B","pass"]])"), Contains("initialStones[0]"));
  CHECK_THAT(with(R"("initialStones":[["B","A1"],["W","A1"]])"), Contains("initialStones[1]"));
  CHECK_THAT(with(R"("initialPlayer":1)"), Contains("initialPlayer"));
  CHECK_THAT(with(R"("initialEncorePhase":3)"), Contains("initialEncorePhase"));
  CHECK_THAT(with(R"("nnXLen":4)"), Contains("nnXLen"));
  CHECK_THAT(with(R"("params":[])"), Contains("params"));
  CHECK_THAT(with(R"("params":{"maxHistory":-1})"), Contains("maxHistory"));
  CHECK_THAT(with(R"("preventEncore":1)"), Contains("preventEncore"));
  CHECK_THAT(with(R"("meta":{"profile":"rank_99k"})"), Contains("profile"));
}

TEST_CASE("komi of position lines may be any number", "[position_line]") {
  const auto position = read_position_line(
      Json::parse(R"({"boardXSize":5,"boardYSize":5,"rules":{"komi":7.3,"scoring":"AREA"}})"));
  REQUIRE(position);
  CHECK(position.value->state.rules().komi == 7.3f);
}
