// One line of analysis output (spec/07 sections 12.3 to 12.6).
#pragma once
#include <string>

#include "gtp/protocol/analyze_args.h"
#include "gtp/protocol/settings.h"

namespace hayago::gtp {

// What formatting needs besides the report.
struct AnalyzeView {
  Perspective perspective = Perspective::kSideToMove;
  // Converts a utility radius into a winrate radius (spec/05 section 19.3).
  double winrate_per_utility = 0;
};
AnalyzeView analyze_view(Perspective perspective, const search::SearchParams& params);

search::ReportOptions report_options(const AnalyzeArgs& args, int pv_length);

// "" if there is nothing to list.
std::string format_analysis(const search::SearchReport& report, const AnalyzeArgs& args,
                            const AnalyzeView& view, const search::Board& board);

}  // namespace hayago::gtp
