// Plots of numbers over the steps of a training, as SVG elements. Colours are those of the page.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace hayago::gtp {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x ascending
};

// At most three curves; the vertical axis begins at 0 if `from_zero`, else below the least number.
std::string curves_svg(const std::string& label, const std::vector<Curve>& curves, bool from_zero);

}  // namespace hayago::gtp
