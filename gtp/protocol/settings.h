// The keys of the gtp subcommand that are not search parameters (spec/09 section 5).
#pragma once
#include <optional>
#include <string>

#include "gtp/config/config.h"
#include "gtp/json/perspective.h"
#include "search/board/rules.h"
#include "search/play/delay.h"
#include "search/play/passing.h"
#include "search/play/resign.h"
#include "search/play/strength.h"

namespace hayago::gtp {

struct GtpSettings {
  // Start
  search::Rules rules;  // with komi
  std::optional<float> forced_komi;
  int x_size = 19, y_size = 19;
  bool force_max_nn_size = false;
  bool log_communication = false, log_search_info = false;
  bool log_chosen_move = false;  // with log_search_info: also the tree below the move
  bool startup_to_stderr = true;
  std::string name;  // answer of `name`
  // May change with kata-set-param
  bool pondering = false;
  search::ResignSettings resign;
  search::PassSettings passing;
  search::SearchFactorSettings search_factor;
  search::DelaySettings delay;
  double dynamic_pda_cap = 0.045;
  bool fixed_pda = false;  // playoutDoublingAdvantage wins over the dynamic one
  std::optional<double> avoid_repeated_pattern_utility;
  Perspective perspective = Perspective::kSideToMove;
  int pv_length = 13;
  bool assume_handicap_from_moves = true;
  bool prevent_cleanup_phase = true;
  bool chat_to_stderr = false;
  bool has_limits = false;  // one of maxVisits, maxPlayouts, maxTime is set
};

// Keys that a configuration *file* for gtp must contain are required only if there is a file. A
// change while running (at_start false) may allow resignation without naming a threshold. Throws
// ConfigError.
GtpSettings load_gtp_settings(const Config& config, bool at_start);

}  // namespace hayago::gtp
