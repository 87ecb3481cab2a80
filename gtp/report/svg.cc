// The plot: winrate above, score lead below, one x position per move.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gtp/report/render.h"
#include "gtp/report/xml_text.h"

namespace hayago::gtp {
namespace {

constexpr double kLeft = 60, kWidth = 900, kHeight = 200, kTop = 50, kGap = 50;

// One panel with its frame, middle line, labels and curve. value_at in 0 (bottom) .. 1 (top).
std::string panel(const GameReport& report, double top, const std::string& title,
                  const std::string& high, const std::string& low, const char* colour,
                  const std::function<double(const PositionValue&)>& value_at) {
  const double bottom = top + kHeight;
  std::string out = fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#fafafa\" stroke=\"#999\"/>\n"
      "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#bbb\"/>\n"
      "<text x=\"{}\" y=\"{}\">{}</text>\n"
      "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n"
      "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
      kLeft, top, kWidth, kHeight, kLeft, top + kHeight / 2, kLeft + kWidth, top + kHeight / 2,
      kLeft, top - 6, title, kLeft - 6, top + 10, high, kLeft - 6, bottom, low);
  const std::size_t count = report.moves.size();
  const auto x_at = [&](std::size_t i) {
    return kLeft +
           kWidth * static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(count, 1));
  };
  const auto y_at = [&](const PositionValue& value) {
    return bottom - kHeight * std::clamp(value_at(value), 0.0, 1.0);
  };
  std::string points, marks;
  for (std::size_t i = 0; i < count; ++i) {
    const MoveVerdict& move = report.moves[i];
    if (i == 0) points += fmt::format("{:.1f},{:.1f}", x_at(0), y_at(move.before));
    points += fmt::format(" {:.1f},{:.1f}", x_at(i + 1), y_at(move.after));
    if (move.verdict < Verdict::kMistake) continue;
    marks += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\"><title>move {} {}: {}</title>"
        "</circle>\n",
        x_at(i + 1), y_at(move.after), move.verdict == Verdict::kBlunder ? "#c00" : "#e80",
        move.number, search::loc_to_string(move.move.loc, report.board),
        verdict_mark(move.verdict));
  }
  out += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                     points, colour);
  return out + marks;
}

}  // namespace

std::string report_svg(const GameReport& report, const ReportNames& names) {
  double span = 10;
  for (const MoveVerdict& move : report.moves) {
    span = std::max({span, std::fabs(move.before.black_lead), std::fabs(move.after.black_lead)});
  }
  span = std::ceil(span / 10) * 10;
  const double total_height = kTop + 2 * kHeight + kGap + 40;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
      "font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
      "<text x=\"{}\" y=\"20\" font-size=\"16\">{} (Black) - {} (White)</text>\n",
      kLeft + kWidth + 20, total_height, kLeft, xml_text(names.black), xml_text(names.white));
  out += panel(report, kTop, "Winrate of Black", "100 %", "0 %", "#246",
               [](const PositionValue& value) { return value.black_winrate; });
  out += panel(report, kTop + kHeight + kGap, "Lead in points", fmt::format("B+{:.0f}", span),
               fmt::format("W+{:.0f}", span), "#263",
               [span](const PositionValue& value) { return 0.5 + 0.5 * value.black_lead / span; });
  const int first = report.moves.empty() ? 0 : report.moves.front().number - 1;
  const int last = report.moves.empty() ? 0 : report.moves.back().number;
  const double foot = kTop + 2 * kHeight + kGap + 18;
  out += fmt::format(
      "<text x=\"{}\" y=\"{}\">move {}</text>\n<text x=\"{}\" y=\"{}\" text-anchor=\"end\">move "
      "{}</text>\n</svg>\n",
      kLeft, foot, first, kLeft + kWidth, foot, last);
  return out;
}

}  // namespace hayago::gtp
