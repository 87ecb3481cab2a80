#include "gtp/compare/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "gtp/report/xml_text.h"

namespace hayago::gtp {
namespace {

constexpr double kWidth = 360, kHeight = 220, kLeft = 44, kRight = 10, kTop = 22, kBottom = 38;
constexpr double kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = kHeight - kTop - kBottom;
constexpr double kPlotBottom = kTop + kPlotHeight;
constexpr int kBars = 32;
constexpr double kLeastLog = -6, kMostLog = 1;  // decades of a logarithmic axis

std::string open_svg(const std::string& label, double height = kHeight) {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth, height,
                     xml_text(label));
}

std::string text_at(double x, double y, const char* classes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, classes,
                     xml_text(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* classes) {
  return fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                     classes);
}

// Where a value lies on the axis, 0 to 1.
class Axis {
 public:
  Axis(bool logarithmic, double most) : logarithmic_(logarithmic), most_(most) {}
  double at(double value) const {
    if (!logarithmic_) return std::clamp(value / most_, 0.0, 1.0);
    const double decades = std::log10(std::max(value, 1e-300)) - kLeastLog;
    return std::clamp(decades / (kMostLog - kLeastLog), 0.0, 1.0);
  }
  double x(double value) const { return kLeft + kPlotWidth * at(value); }
  std::string ticks() const {
    std::string out;
    if (logarithmic_) {
      for (int d = static_cast<int>(kLeastLog); d <= static_cast<int>(kMostLog); ++d) {
        out += tick(std::pow(10.0, d));
      }
    } else {
      for (int i = 0; i <= 4; ++i) out += tick(most_ * i / 4);
    }
    return out;
  }

 private:
  std::string tick(double value) const {
    const double at = x(value);
    return line(at, kPlotBottom, at, kPlotBottom + 4, "axis") +
           text_at(at, kPlotBottom + 16, "mid", fmt::format("{:g}", value));
  }
  bool logarithmic_;
  double most_;
};

// A line from top to bottom with a word above the plot.
std::string mark(const Axis& axis, double value, double word_y, const char* classes,
                 const std::string& word) {
  const double x = axis.x(value);
  const char* const side = axis.at(value) > 0.75 ? "end small" : "small";
  return line(x, kTop, x, kPlotBottom, classes) +
         text_at(x + (axis.at(value) > 0.75 ? -3 : 3), word_y, side, word);
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(std::ceil(share * double(sorted.size() - 1)))];
}

}  // namespace

double round_up_nicely(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (value <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string histogram_svg(std::vector<double> values, const HistogramOptions& options) {
  std::sort(values.begin(), values.end());
  const double rare = quantile(values, 0.99);
  const double mean =
      values.empty() ? 0
                     : std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  const Axis axis(options.logarithmic, round_up_nicely(1.2 * std::max(rare, options.goal)));
  std::array<int, kBars> counts{};
  for (const double value : values) {
    ++counts[std::min(static_cast<std::size_t>(axis.at(value) * kBars), counts.size() - 1)];
  }
  const double total = std::max<double>(double(values.size()), 1);
  const double most = *std::max_element(counts.begin(), counts.end()) / total;
  std::string out = open_svg(options.label);
  for (const double share : {0.5, 1.0}) {
    const double y = kPlotBottom - kPlotHeight * share;
    out += line(kLeft, y, kLeft + kPlotWidth, y, "grid");
    out += text_at(kLeft - 5, y + 4, "end", fmt::format("{:.3g} %", 100 * most * share));
  }
  std::string bars;
  const double width = kPlotWidth / kBars;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    // At least a hair, so that single positions far out can be seen.
    const double height = std::max(kPlotHeight * counts[i] / total / most, 1.0);
    bars += fmt::format("M{:.1f} {:.1f}v-{:.1f}h{:.1f}v{:.1f}z", kLeft + width * double(i) + 0.5,
                        kPlotBottom, height, width - 1, height);
  }
  out += fmt::format("<path d=\"{}\" class=\"bars\"/>\n", bars);
  out += line(kLeft, kPlotBottom, kLeft + kPlotWidth, kPlotBottom, "axis") + axis.ticks();
  if (options.goal > 0)
    out += line(axis.x(options.goal), kTop, axis.x(options.goal), kPlotBottom, "goal");
  out += mark(axis, mean, kTop + 9, "mean", "mean");
  out += mark(axis, rare, kTop + 21, "rare", "99 %");
  return out + text_at(kLeft + kPlotWidth / 2, kHeight - 4, "mid", options.label) + "</svg>\n";
}

std::string winrate_scatter_svg(const std::vector<PositionComparison>& positions) {
  constexpr int kCells = 66, kShades = 6;
  constexpr double kEdge = 264, kX = 48, kY = 10, kCell = kEdge / kCells;
  std::map<std::pair<int, int>, int> counts;
  const auto cell = [](double percent) {
    return std::clamp(static_cast<int>(percent / 100 * kCells), 0, kCells - 1);
  };
  int most = 1;
  for (const PositionComparison& p : positions) {
    most = std::max(most, ++counts[{cell(p.winrate_a), cell(p.winrate_b)}]);
  }
  std::array<std::string, kShades> shades;
  for (const auto& [place, count] : counts) {
    const double depth = most == 1 ? 1 : std::log(double(count)) / std::log(double(most));
    const auto shade = static_cast<std::size_t>(std::lround(depth * (kShades - 1)));
    shades[shade] += fmt::format("M{:g} {:g}h4v-4h-4z", kX + kCell * place.first,
                                 kY + kEdge - kCell * place.second);
  }
  std::string out = open_svg("Black's winrate by A and by B", kEdge + 54);
  for (int i = 0; i <= 4; ++i) {
    const double at = kEdge * i / 4;
    out += line(kX, kY + at, kX + kEdge, kY + at, "grid");
    out += line(kX + at, kY, kX + at, kY + kEdge, "grid");
    out += text_at(kX + at, kY + kEdge + 16, "mid", fmt::format("{}", 25 * i));
    out += text_at(kX - 6, kY + kEdge - at + 4, "end", fmt::format("{}", 25 * i));
  }
  out += line(kX, kY + kEdge, kX + kEdge, kY, "axis");
  for (std::size_t i = 0; i < shades.size(); ++i) {
    if (shades[i].empty()) continue;
    out += fmt::format("<path d=\"{}\" class=\"bars\" opacity=\"{:.2f}\"/>\n", shades[i],
                       0.35 + 0.65 * double(i) / (kShades - 1));
  }
  out += text_at(kX + kEdge / 2, kY + kEdge + 36, "mid", "Black's winrate by A, %");
  return out + fmt::format(
                   "<text transform=\"translate(12 {}) rotate(-90)\" class=\"mid\">by B, "
                   "%</text>\n</svg>\n",
                   kY + kEdge / 2);
}

std::string phases_svg(const Comparison& comparison) {
  constexpr double kRow = 44, kX = 70, kBar = 150;
  double most = 0;
  for (const Accuracy& a : comparison.phases) most = std::max(most, 1 - a.same_best_move());
  if (comparison.all.other_best_move == 0) most = 0.01;
  most = round_up_nicely(100 * most);
  std::string out = open_svg("Positions with another best move, by phase", 3 * kRow + 30);
  for (std::size_t i = 0; i < kPhases; ++i) {
    const Accuracy& a = comparison.phases[i];
    const double y = 10 + kRow * double(i), n = std::max(a.positions, 1);
    const double ties = kBar * 100 * a.near_ties / n / most;
    const double others = kBar * 100 * (a.other_best_move - a.near_ties) / n / most;
    out += text_at(kX - 8, y + 17, "end", phase_name(static_cast<Phase>(i)));
    out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"24\" class=\"bars\"/>\n",
                       kX, y, others);
    out +=
        fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"24\" class=\"ties\"/>\n",
                    kX + others, y, ties);
    out +=
        text_at(kX + others + ties + 6, y + 10, "small",
                fmt::format("{:.2f} % differ", 100 * (1 - a.same_best_move()) * (a.positions > 0)));
    out += text_at(kX + others + ties + 6, y + 22, "small dim",
                   fmt::format("{} of {} positions", a.other_best_move, a.positions));
  }
  out += line(kX, 4, kX, 3 * kRow + 2, "axis");
  return out +
         text_at(kX, 3 * kRow + 20, "small dim",
                 "light part: its probability is within 1 % of the best one's") +
         "</svg>\n";
}

}  // namespace hayago::gtp
