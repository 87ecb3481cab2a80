// Time controls (spec/07 section 10, spec/06 section 1).
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {
namespace {

using search::Color;
using search::TimeControl;

constexpr double kLongest = 1e25;  // seconds
constexpr int kMostStones = 1000000;

// What is wrong with an argument; becomes the error response.
class BadArgument : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

double seconds_at(const Words& args, std::size_t i, const char* what, double min = 0) {
  const auto value = i < args.size() ? parse_double(args[i]) : std::nullopt;
  if (!value) {
    throw BadArgument(fmt::format("argument {} must be the {} in seconds, {}", i + 1, what,
                                  i < args.size() ? "not '" + args[i] + "'" : "but is missing"));
  }
  if (*value < min || *value > kLongest) {
    throw BadArgument(fmt::format("the {} must be from {} to {:g} seconds, not {}", what,
                                  min < 0 ? "-1e+25" : "0", kLongest, args[i]));
  }
  return *value;
}

int count_at(const Words& args, std::size_t i, const char* what) {
  const auto value = i < args.size() ? parse_int(args[i]) : std::nullopt;
  if (!value) {
    throw BadArgument(fmt::format("argument {} must be the number of {}, {}", i + 1, what,
                                  i < args.size() ? "not '" + args[i] + "'" : "but is missing"));
  }
  if (*value < 0 || *value > kMostStones) {
    throw BadArgument(
        fmt::format("the number of {} must be from 0 to {}, not {}", what, kMostStones, args[i]));
  }
  return *value;
}

// A negative cap means none.
double cap_at(const Words& args, std::size_t i, const char* what) {
  const double value = seconds_at(args, i, what, -kLongest);
  return value < 0 ? kLongest : value;
}

TimeControl canadian(double main, double period, int stones) {
  if (stones == 0) return period > 0 ? TimeControl::unlimited() : TimeControl::absolute(main);
  return TimeControl::canadian(main, period, stones);
}

TimeControl parse_mode(const Words& args, bool with_fischer) {
  const std::string mode = to_lower(args[0]);
  if (mode == "none") return TimeControl::unlimited();
  if (mode == "absolute") return TimeControl::absolute(seconds_at(args, 1, "main time"));
  if (mode == "canadian") {
    return canadian(seconds_at(args, 1, "main time"), seconds_at(args, 2, "byo-yomi period time"),
                    count_at(args, 3, "byo-yomi overtime stones"));
  }
  if (mode == "byoyomi") {
    const double main = seconds_at(args, 1, "main time");
    const double period = seconds_at(args, 2, "byo-yomi per-period time");
    const int periods = count_at(args, 3, "byo-yomi overtime periods");
    return periods == 0 ? TimeControl::absolute(main)
                        : TimeControl::byo_yomi(main, period, periods);
  }
  if (with_fischer && mode == "fischer") {
    return TimeControl::fischer(seconds_at(args, 1, "main time"),
                                seconds_at(args, 2, "increment time"));
  }
  if (with_fischer && mode == "fischer-capped") {
    const double main = seconds_at(args, 1, "main time");
    const double increment = seconds_at(args, 2, "increment time");
    const double limit = cap_at(args, 3, "main time limit");
    const double longest = cap_at(args, 4, "max time per move");
    if (limit < main) throw BadArgument("the main time limit is smaller than the main time");
    return TimeControl::fischer_capped(main, increment, limit, longest);
  }
  throw BadArgument(
      fmt::format("unknown time system '{}'; known: none, absolute, byoyomi, canadian{}", args[0],
                  with_fischer ? ", fischer, fischer-capped" : ""));
}

// Both colours get the control that `make` returns.
template <class Make>
Reply set_clocks(Session& session, Make make) {
  try {
    const TimeControl control = make();
    session.clock(Color::kBlack) = control;
    session.clock(Color::kWhite) = control;
  } catch (const BadArgument& error) {
    return Reply::error(error.what());
  }
  return Reply::ok();
}

}  // namespace

Reply cmd_time_settings(Session& session, const Words& args) {
  return set_clocks(session, [&] {
    return canadian(seconds_at(args, 0, "main time"),
                    seconds_at(args, 1, "byo-yomi per-period time"),
                    count_at(args, 2, "byo-yomi overtime stones"));
  });
}

Reply cmd_kgs_time_settings(Session& session, const Words& args) {
  return set_clocks(session, [&] { return parse_mode(args, false); });
}

Reply cmd_kata_time_settings(Session& session, const Words& args) {
  return set_clocks(session, [&] { return parse_mode(args, true); });
}

Reply cmd_list_time_settings(Session&, const Words&) {
  return Reply::ok("none absolute byoyomi canadian fischer fischer-capped");
}

Reply cmd_time_left(Session& session, const Words& args) {
  constexpr double kMostOverdrawn = -10;  // seconds; lag can make a clock negative
  constexpr int kMostLeft = 100000;
  const auto player = search::parse_player(args[0]);
  const auto seconds = parse_double(args[1]);
  const auto stones = parse_int(args[2]);
  if (!player || !seconds || !stones) {
    return Reply::error(fmt::format(
        "time_left expects COLOR SECONDS STONES (stones or periods left, 0 in main time); "
        "got '{}'",
        join(args, " ")));
  }
  if (*seconds < kMostOverdrawn || *seconds > kLongest)
    return Reply::error(fmt::format("invalid time: {} is not from {:g} to {:g} seconds", args[1],
                                    kMostOverdrawn, kLongest));
  if (*stones < 0 || *stones > kMostLeft)
    return Reply::error(fmt::format("invalid stones: {} is not from 0 to {}", args[2], kMostLeft));
  TimeControl& clock = session.clock(*player);
  if (*stones > 0 && clock.original_num_periods <= 0) {
    return Reply::error("stones are left in the period, but this time control has no periods");
  }
  clock.set_time_left(*seconds, *stones);
  session.ponder();
  return Reply::ok();
}

namespace {

std::string clock_text(const TimeControl& clock, const search::Board& board, double lag_buffer) {
  constexpr double kUnlimited = 1e20;
  std::string text;
  const auto add = [&text](const char* name, double value) {
    text += fmt::format(" {} {}", name, format_g(value));
  };
  const auto add_nonzero = [&add](const char* name, double value) {
    if (value != 0) add(name, value);
  };
  add("originalMainTime", clock.original_main_time);
  add_nonzero("increment", clock.increment);
  if (clock.main_time_limit < kUnlimited) add("mainTimeLimit", clock.main_time_limit);
  if (clock.max_time_per_move < kUnlimited) add("maxTimePerMove", clock.max_time_per_move);
  add_nonzero("originalNumPeriods", clock.original_num_periods);
  add_nonzero("numStonesPerPeriod", clock.num_stones_per_period);
  add_nonzero("perPeriodTime", clock.per_period_time);
  add("mainTimeLeft", clock.main_time_left);
  add("inOvertime", clock.in_overtime ? 1 : 0);
  add_nonzero("numPeriodsLeftIncludingCurrent", clock.num_periods_left);
  add_nonzero("numStonesLeftInPeriod", clock.num_stones_left);
  add_nonzero("timeLeftInPeriod", clock.time_left_in_period);
  const search::TimeBudget budget =
      search::base_budget(clock, board.area(), board.stones_on_board(), lag_buffer);
  text += fmt::format(" minRecMax {} {} {}", format_g(budget.min), format_g(budget.recommended),
                      format_g(budget.max));
  constexpr double kJustBefore = 1e-6;  // seconds
  const double first = search::round_up(clock, lag_buffer, 0, budget.recommended);
  const double second = search::round_up(
      clock, lag_buffer, std::max(0.0, budget.recommended - kJustBefore), budget.recommended);
  const double third =
      search::round_up(clock, lag_buffer, std::max(0.0, second - kJustBefore), budget.recommended);
  add("rrec0", first);
  add("rreclimit", second);
  add("rreclimit2", third);
  return text;
}

}  // namespace

Reply cmd_print_time_controls(Session& session, const Words&) {
  const double lag_buffer = session.params().genmove().lag_buffer;
  return Reply::ok("Black" + clock_text(session.clock(Color::kBlack), session.board(), lag_buffer) +
                   "\nWhite" +
                   clock_text(session.clock(Color::kWhite), session.board(), lag_buffer));
}

}  // namespace hayago::gtp
