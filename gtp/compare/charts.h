// Plots of a comparison as SVG elements. Colours are classes of the page.
#pragma once
#include <string>
#include <vector>

#include "gtp/compare/comparison.h"

namespace hayago::gtp {

struct HistogramOptions {
  std::string label;  // of the axis, for readers of the plot and for those who only hear it
  bool logarithmic = false;
  double goal = 0;  // a line at this mean; 0: none
};

// Shares of the values; those beyond the axis count in its last bars. Values are >= 0.
std::string histogram_svg(std::vector<double> values, const HistogramOptions& options);

// Black's winrate by A and by B, darker where more positions lie.
std::string winrate_scatter_svg(const std::vector<PositionComparison>& positions);

// Share of positions with another best move, by phase; near ties apart.
std::string phases_svg(const Comparison& comparison);

// The next of 1, 2 and 5 times a power of ten.
double round_up_nicely(double value);

}  // namespace hayago::gtp
