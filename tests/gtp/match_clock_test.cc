// Time controls of a match: reading them, the referee's clock, what external engines are told.
#include <catch2/catch.hpp>

#include "gtp/config/config.h"
#include "gtp/match/external_player.h"

namespace {

using namespace hayago::gtp;
using hayago::search::Color;
using hayago::search::TimeControl;

TimeControl control(const char* text) {
  const auto parsed = parse_match_time(text);
  INFO(parsed.error);
  REQUIRE(parsed);
  return *parsed.value;
}

TEST_CASE("match: time controls are read", "[match]") {
  const TimeControl byo_yomi = control("10,3x1");
  CHECK(byo_yomi.original_main_time == 10);
  CHECK(byo_yomi.original_num_periods == 3);
  CHECK(byo_yomi.per_period_time == 1);
  CHECK(byo_yomi.num_stones_per_period == 1);
  const TimeControl per_move = control("0.2/move");
  CHECK(per_move.original_main_time == 0);
  CHECK(per_move.original_num_periods == 1);
  CHECK(per_move.per_period_time == 0.2);
  CHECK(control("60+1.5").increment == 1.5);
  CHECK(control("300").original_main_time == 300);
  for (const char* bad : {"", "x", "-1", "10,", "10,3", "10,0x1", "10,3x0", "0/move", "/move", "1+",
                          "+1", "0", "1e9", "10,3x1x1", "10;3x1"}) {
    INFO(bad);
    const auto parsed = parse_match_time(bad);
    CHECK(!parsed);
    CHECK(parsed.error.find("10,3x1") != std::string::npos);
  }
}

TEST_CASE("match: the clock runs through main time and periods", "[match]") {
  RefereeClock clock(control("10,3x1"));
  CHECK(clock.shown_periods() == 0);
  CHECK(clock.seconds_left() == 13);
  CHECK(clock.spend(9.5));
  CHECK(clock.shown_seconds() == 0.5);
  CHECK(clock.spend(1.5));  // half a second of main time and one whole period: none is lost
  CHECK(clock.shown_periods() == 3);
  CHECK(clock.shown_seconds() == 1);
  CHECK(clock.spend(1));
  CHECK(clock.shown_periods() == 3);
  CHECK(clock.spend(1.01));
  CHECK(clock.shown_periods() == 2);
  CHECK(clock.left().in_overtime);
  CHECK(clock.left().time_left_in_period == 1);
  CHECK(clock.seconds_left() == 2);
  CHECK(clock.spend(2));
  CHECK(clock.shown_periods() == 1);
  CHECK(clock.spend(1));
  CHECK(!clock.spend(1.001));
}

TEST_CASE("match: a long move can cost everything at once", "[match]") {
  CHECK(RefereeClock(control("10,3x1")).spend(13));
  CHECK(!RefereeClock(control("10,3x1")).spend(13.01));
  RefereeClock per_move(control("0.2/move"));
  CHECK(per_move.shown_periods() == 1);
  for (int i = 0; i < 1000; ++i) REQUIRE(per_move.spend(0.2));
  CHECK(!per_move.spend(0.2001));
}

TEST_CASE("match: absolute time and increments", "[match]") {
  RefereeClock absolute(control("5"));
  CHECK(absolute.spend(5));
  CHECK(!absolute.spend(0.001));
  RefereeClock fischer(control("5+1"));
  CHECK(fischer.spend(3));
  CHECK(fischer.shown_seconds() == 3);
  CHECK(!fischer.spend(3.5));  // the increment comes after the move
}

TEST_CASE("match: engines are told the time in the words they know", "[match]") {
  const std::vector<std::string> kata{"kata-time_settings", "kgs-time_settings", "time_settings"};
  const std::vector<std::string> kgs{"kgs-time_settings", "time_settings"}, plain{"time_settings"};
  CHECK(time_settings_command(control("10,3x1"), kata) == "kata-time_settings byoyomi 10 1 3");
  CHECK(time_settings_command(control("0.2/move"), kata) == "kata-time_settings byoyomi 0 0.2 1");
  CHECK(time_settings_command(control("60+1"), kata) == "kata-time_settings fischer 60 1");
  CHECK(time_settings_command(control("300"), kgs) == "kgs-time_settings absolute 300");
  CHECK(time_settings_command(control("10,3x1"), kgs) == "kgs-time_settings byoyomi 10 1 3");
  CHECK(time_settings_command(control("10,3x1"), plain) == "time_settings 12 1 1");
  CHECK(time_settings_command(control("300"), plain) == "time_settings 300 0 0");
  CHECK_THROWS_AS(time_settings_command(control("0.2/move"), kgs), ConfigError);
  CHECK_THROWS_AS(time_settings_command(control("60+1"), plain), ConfigError);

  RefereeClock clock(control("10,3x1"));
  CHECK(clock.spend(2.5));
  CHECK(time_left_command(Color::kBlack, clock, kata) == "time_left B 7.5 0");
  CHECK(time_left_command(Color::kBlack, clock, kgs) == "time_left B 7 0");
  CHECK(time_left_command(Color::kBlack, clock, plain) == "time_left B 9 0");
  CHECK(clock.spend(9));  // a period is gone
  CHECK(time_left_command(Color::kWhite, clock, kata) == "time_left W 1 2");
  CHECK(time_left_command(Color::kWhite, clock, plain) == "time_left W 1 0");
  CHECK(clock.spend(1.5));
  CHECK(time_left_command(Color::kWhite, clock, plain) == "time_left W 1 1");
}

TEST_CASE("match: scores of other engines are read", "[match]") {
  CHECK(parse_score_text("W+3.5") == 3.5);
  CHECK(parse_score_text("b+12") == -12.0);
  CHECK(parse_score_text("0") == 0.0);
  CHECK(parse_score_text("W+7.5 (upper bound: 8.5)") == 7.5);
  for (const char* bad : {"", "?", "W", "W+", "W+R", "X+1", "unknown"}) {
    CHECK(!parse_score_text(bad));
  }
}

}  // namespace
