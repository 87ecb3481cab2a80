#include "gtp/match/clock.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

using search::TimeControl;

constexpr double kLongest = 1e6;  // seconds
constexpr int kMostPeriods = 1000;

std::optional<double> parse_seconds(std::string_view text, bool zero_allowed) {
  const auto value = parse_double(text);
  if (!value || *value < 0 || *value > kLongest) return std::nullopt;
  if (*value == 0 && !zero_allowed) return std::nullopt;
  return value;
}

// "3x1"
std::optional<TimeControl> parse_byo_yomi(double main, std::string_view text) {
  const std::vector<std::string> parts = split(text, 'x');
  if (parts.size() != 2) return std::nullopt;
  const auto periods = parse_int(parts[0]);
  const auto seconds = parse_seconds(parts[1], false);
  if (!periods || *periods < 1 || *periods > kMostPeriods || !seconds) return std::nullopt;
  return TimeControl::byo_yomi(main, *seconds, *periods);
}

std::optional<TimeControl> parse_any(std::string_view text) {
  constexpr std::string_view kPerMove = "/move";
  if (text.ends_with(kPerMove)) {
    text.remove_suffix(kPerMove.size());
    const auto seconds = parse_seconds(text, false);
    return seconds ? std::optional(TimeControl::byo_yomi(0, *seconds, 1)) : std::nullopt;
  }
  if (const auto comma = text.find(','); comma != std::string_view::npos) {
    const auto main = parse_seconds(text.substr(0, comma), true);
    return main ? parse_byo_yomi(*main, text.substr(comma + 1)) : std::nullopt;
  }
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    const auto main = parse_seconds(text.substr(0, plus), false);
    const auto increment = parse_seconds(text.substr(plus + 1), false);
    if (!main || !increment) return std::nullopt;
    return TimeControl::fischer(*main, *increment);
  }
  const auto main = parse_seconds(text, false);
  return main ? std::optional(TimeControl::absolute(*main)) : std::nullopt;
}

}  // namespace

search::Parsed<TimeControl> parse_match_time(std::string_view text) {
  if (const auto control = parse_any(text)) return {control, ""};
  return {std::nullopt,
          "'" + std::string(text) +
              "' is no time control; expected MAIN,PERIODSxSECONDS (10,3x1), SECONDS/move "
              "(0.2/move), MAIN+INCREMENT (60+1) or MAIN (300), in seconds"};
}

RefereeClock::RefereeClock(const TimeControl& control) : control_(control) {
  if (control_.num_periods_left > 0 && control_.main_time_left <= 0) enter_overtime();
}

void RefereeClock::enter_overtime() {
  control_.in_overtime = true;
  control_.main_time_left = 0;
  control_.time_left_in_period = control_.per_period_time;
  control_.num_stones_left = control_.num_stones_per_period;
}

bool RefereeClock::spend(double seconds) {
  if (control_.num_periods_left == 0) {
    control_.main_time_left -= seconds;
    if (control_.main_time_left < 0) return false;
    control_.main_time_left += control_.increment;
    return true;
  }
  if (!control_.in_overtime) {
    control_.main_time_left -= seconds;
    if (control_.main_time_left > 0) return true;
    seconds = -control_.main_time_left;
    enter_overtime();
  }
  // Every period that runs out is gone; a move within one leaves it whole.
  for (; seconds > control_.per_period_time; seconds -= control_.per_period_time) {
    if (--control_.num_periods_left == 0) return false;
  }
  return true;
}

double RefereeClock::seconds_left() const {
  return std::max(0.0, control_.main_time_left) +
         control_.num_periods_left * control_.per_period_time;
}

double RefereeClock::shown_seconds() const {
  return control_.in_overtime ? control_.time_left_in_period : control_.main_time_left;
}

}  // namespace hayago::gtp
