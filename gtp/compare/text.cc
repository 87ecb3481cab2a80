// The report for a terminal.
#include <fmt/format.h>

#include <algorithm>

#include "gtp/compare/report.h"

namespace hayago::gtp {
namespace {

std::string phases_text(const Comparison& comparison) {
  std::string text = fmt::format("{:<18}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "by phase", "positions",
                                 "same best", "KL mean", "winrate", "lead");
  for (std::size_t i = 0; i < kPhases; ++i) {
    const Accuracy& a = comparison.phases[i];
    if (a.positions == 0) continue;
    text += fmt::format("{:<18}{:>10}{:>8.2f} %{:>10.5f}{:>10.4f}{:>10.4f}\n",
                        phase_name(static_cast<Phase>(i)), a.positions, 100 * a.same_best_move(),
                        a.divergence.mean(), a.winrate_points.mean(), a.lead_points.mean());
  }
  return text;
}

std::string goals_text(const std::vector<Goal>& goals) {
  if (goals.empty()) return {};
  std::string text = fmt::format("{:<30}{:>17}{:>21}\n", "goal for int8", "measured", "must be");
  for (const Goal& goal : goals) {
    text += fmt::format("{:<30}{:>17}{:>21}  {}\n", goal.name, goal.value, goal.must,
                        goal.met ? "met" : "MISSED");
  }
  return text;
}

std::string losses_text(const CompareReport& report) {
  if (!report.losses) return {};
  const LossPair& losses = *report.losses;
  const std::size_t width =
      2 + std::max({report.a.label.size(), report.b.label.size(), losses.file.size()});
  std::string text = fmt::format("{:<{}}{:>12}{:>12}{:>12}\n", losses.file, width, "policy loss",
                                 "value loss", "same best");
  const auto row = [&](const std::string& name, const std::optional<Losses>& l) {
    text += l ? fmt::format("{:<{}}{:>12.5f}{:>12.5f}{:>10.2f} %\n", name, width, l->policy,
                            l->value, 100 * l->same_best_move)
              : fmt::format("{:<{}}  not measured: its inputs are not those of version 7\n", name,
                            width);
  };
  row(report.a.label, losses.a);
  row(report.b.label, losses.b);
  if (losses.a && losses.b) {
    text += fmt::format("{:<{}}{:>+12.5f}{:>+12.5f}{:>+10.2f} %\n", "difference", width,
                        losses.b->policy - losses.a->policy, losses.b->value - losses.a->value,
                        100 * (losses.b->same_best_move - losses.a->same_best_move));
  }
  return text;
}

}  // namespace

std::string report_text(const CompareReport& report) {
  std::string text =
      fmt::format("A  {}  ({})\nB  {}  ({})\n", report.a.label, report.a.executor->description(),
                  report.b.label, report.b.executor->description());
  for (const std::string& line : report.data) text += line + '\n';
  for (const std::string& line : report.notes) text += line + '\n';
  if (report.comparison.all.positions > 0) {
    text += '\n' + accuracy_table(report.comparison.all) + '\n' + phases_text(report.comparison);
  }
  for (const std::string& part : {losses_text(report), goals_text(goals_of(report))}) {
    if (!part.empty()) text += '\n' + part;
  }
  return text;
}

}  // namespace hayago::gtp
