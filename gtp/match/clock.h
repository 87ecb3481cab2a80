// Time controls of a match and the referee's clock.
#pragma once
#include <string>
#include <string_view>

#include "search/board/rules.h"
#include "search/time_control.h"

namespace hayago::gtp {

// "10,3x1": 10 s, then 3 byo-yomi periods of 1 s. "0.2/move": one such period and no main time.
// "60+1": 60 s and 1 s more per move. "300": 300 s.
search::Parsed<search::TimeControl> parse_match_time(std::string_view text);

// One player's clock.
class RefereeClock {
 public:
  explicit RefereeClock(const search::TimeControl& control);
  // What the player has left, for its own planning.
  const search::TimeControl& left() const { return control_; }
  // A move took that long. False: the player has lost on time.
  bool spend(double seconds);
  // Until the flag falls, without increment.
  double seconds_left() const;
  // Arguments of GTP's time_left: seconds, and periods or 0 in main time.
  double shown_seconds() const;
  int shown_periods() const { return control_.in_overtime ? control_.num_periods_left : 0; }

 private:
  void enter_overtime();
  search::TimeControl control_;
};

}  // namespace hayago::gtp
