// A game report as text for people, as JSON and as a plot.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "gtp/report/game_report.h"

namespace hayago::gtp {

struct ReportNames {
  std::string black = "Black", white = "White";
};

// One row per move. Colours are ANSI codes.
std::string move_table(const GameReport& report, bool colours);
std::string summary_text(const GameReport& report, const ReportNames& names);
nlohmann::json report_json(const GameReport& report, const ReportNames& names);
// Black's winrate and score lead over the moves; a complete SVG document.
std::string report_svg(const GameReport& report, const ReportNames& names);

// "B+3.5", "W+12.0", "0.0"
std::string lead_text(double black_lead);

}  // namespace hayago::gtp
