#include "gtp/distill/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gtp/compare/charts.h"
#include "gtp/report/xml_text.h"

namespace hayago::gtp {
namespace {

constexpr double kWidth = 360, kHeight = 220, kLeft = 52, kRight = 12, kTop = 24, kBottom = 36;
constexpr double kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = kHeight - kTop - kBottom;
constexpr std::array<const char*, 3> kColours = {"var(--a)", "var(--b)", "var(--good)"};
constexpr std::size_t kMostPoints = 300;

struct Range {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

// Round numbers from below the least to above the most.
struct Axis {
  double from = 0, step = 1;
  int steps = 1;
  explicit Axis(Range range) {
    if (!(range.least <= range.most)) range = {0, 1};
    step = round_up_nicely(std::max(range.most - range.least, 1e-9 * std::abs(range.most)) / 4);
    from = std::floor(range.least / step + 1e-9) * step;
    steps = std::max(1, static_cast<int>(std::ceil((range.most - from) / step - 1e-9)));
  }
  double share(double value) const { return (value - from) / (step * steps); }
  double tick(int i) const { return from + step * i; }
};

std::string text_at(double x, double y, const char* classes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, classes,
                     xml_text(text));
}

std::string number(double value) {
  return std::abs(value) < 1e-12 ? "0" : fmt::format("{:.6g}", value);
}

double x_at(const Axis& axis, double value) { return kLeft + kPlotWidth * axis.share(value); }
double y_at(const Axis& axis, double value) { return kTop + kPlotHeight * (1 - axis.share(value)); }

std::string frame(const Axis& x, const Axis& y) {
  std::string out;
  for (int i = 0; i <= y.steps; ++i) {
    const double at = y_at(y, y.tick(i));
    out += fmt::format("<path d=\"M{:.1f} {:.1f}h{:.1f}\" class=\"{}\"/>\n", kLeft, at, kPlotWidth,
                       i == 0 ? "axis" : "grid");
    out += text_at(kLeft - 5, at + 4, "end", number(y.tick(i)));
  }
  for (int i = 0; i <= x.steps; ++i) {
    out += text_at(x_at(x, x.tick(i)), kHeight - kBottom + 16, "mid", number(x.tick(i)));
  }
  return out;
}

// Every n-th point where there are more than a plot can show, and the last.
std::string path(const Curve& curve, const Axis& x, const Axis& y, const char* colour) {
  const std::size_t every = curve.points.size() / kMostPoints + 1;
  std::string d;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    if (i % every != 0 && i + 1 != curve.points.size()) continue;
    const auto [at, value] = curve.points[i];
    d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? 'M' : 'L', x_at(x, at), y_at(y, value));
  }
  if (curve.points.size() == 1) d += "h2";  // or it would not be seen
  if (d.empty()) return {};
  return fmt::format("<path d=\"{}\" style=\"fill:none;stroke:{};stroke-width:2\"/>\n", d, colour);
}

}  // namespace

std::string curves_svg(const std::string& label, const std::vector<Curve>& curves, bool from_zero) {
  Range steps, values;
  steps.add(0);
  if (from_zero) values.add(0);
  for (const Curve& curve : curves) {
    for (const auto& [x, y] : curve.points) {
      steps.add(x);
      values.add(y);
    }
  }
  const Axis x(steps), y(values);
  std::string out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                                kWidth, kHeight, xml_text(label));
  out += frame(x, y);
  double name_x = kLeft;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const char* const colour = kColours[i % kColours.size()];
    out += path(curves[i], x, y, colour);
    if (curves.size() == 1) continue;
    out += fmt::format("<text x=\"{}\" y=\"{}\" style=\"fill:{}\">{}</text>\n", name_x, kTop - 10,
                       colour, xml_text(curves[i].name));
    name_x += 100;
  }
  return out + text_at(kLeft + kPlotWidth / 2, kHeight - 4, "mid", "step") + "</svg>\n";
}

}  // namespace hayago::gtp
