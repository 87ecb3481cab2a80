#include "gtp/compare/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtp/accuracy/held_out.h"
#include "nn/model/layers.h"
#include "nn/plan/fuse.h"

namespace hayago::gtp {
namespace {

// "must" of design/quantization.md.
constexpr int kPoints = 19 * 19;
constexpr double kSameBestMove = 0.975, kDivergence = 2e-3, kWinrateMean = 0.3, kWinrateRare = 1.5,
                 kLead = 0.2, kInt8Share = 0.85, kFileShare = 0.27, kSeconds = 180;

Goal at_most(const std::string& name, double value, double limit, const char* unit, int digits) {
  return {name, fmt::format("at most {:g}{}", limit, unit),
          fmt::format("{:.{}f}{}", value, digits, unit), value <= limit};
}

Goal at_least(const std::string& name, double value, double limit, const char* unit, int digits) {
  return {name, fmt::format("at least {:g}{}", limit, unit),
          fmt::format("{:.{}f}{}", value, digits, unit), value >= limit};
}

}  // namespace

std::vector<LayerRow> layer_rows(const nn::ModelDesc& model, const nn::Precision& precision) {
  std::vector<LayerRow> rows;
  double total = 0;
  const auto add = [&](const std::string& name, const char* narrow, double macs) {
    rows.push_back({name, precision.contains(name) ? narrow : "float", macs, {}, {}});
    total += macs;
  };
  for (const nn::NarrowLayer& layer : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
    add(layer.name, "int8", static_cast<double>(layer.weights.size()) * kPoints);
  }
  for (const nn::LayerInfo& layer : nn::list_layers(model)) {
    if (layer.kind == nn::LayerKind::kAttention) add(layer.name, "int16", layer.macs.at(kPoints));
  }
  for (LayerRow& row : rows) row.mac_share /= total;
  return rows;
}

bool is_same_network(const CompareReport& report) {
  return report.a.executor->info().name == report.b.executor->info().name;
}

std::vector<Goal> goals_of(const CompareReport& report) {
  std::vector<Goal> goals;
  const Accuracy& all = report.comparison.all;
  if (!is_same_network(report) || all.positions == 0) return goals;
  if (report.b.int8_share > 0) {
    goals.push_back(at_least("multiply-accumulates in int8", 100 * report.b.int8_share,
                             100 * kInt8Share, " %", 1));
  }
  goals.push_back(
      at_least("same best move", 100 * all.same_best_move(), 100 * kSameBestMove, " %", 2));
  goals.push_back(at_most("policy KL, mean", all.divergence.mean(), kDivergence, "", 5));
  goals.push_back(
      at_most("winrate error, mean", all.winrate_points.mean(), kWinrateMean, " points", 3));
  goals.push_back(at_most("winrate error, 99 of 100", all.winrate_points.quantile(0.99),
                          kWinrateRare, " points", 3));
  goals.push_back(at_most("score lead error, mean", all.lead_points.mean(), kLead, " points", 3));
  goals.push_back({"positions compared", fmt::format("at least {}", kGoalPositions),
                   fmt::format("{}", all.positions), all.positions >= kGoalPositions});
  if (report.b.int8_share > 0) {
    goals.push_back(at_most("file, of the weights in fp32", 100 * report.b.file_share,
                            100 * kFileShare, " %", 1));
  }
  if (report.seconds > 0) {
    goals.push_back(at_most("time to quantize", report.seconds, kSeconds, " s", 0));
  }
  return goals;
}

std::vector<std::string> held_out_notes(const CompareReport& report) {
  std::vector<std::string> notes;
  for (const Side* side : {&report.a, &report.b}) {
    if (!side->calibration_games) continue;
    const int known = count_known(report.positions.games, *side->calibration_games);
    const std::size_t games = report.positions.games.size();
    if (known == 0) {
      notes.push_back(fmt::format("None of the {} games calibrated {}, which names {} games.",
                                  games, side->label, side->calibration_games->size()));
    } else {
      notes.push_back(fmt::format(
          "WARNING: {} of the {} games were used to calibrate {}; it looks better than it is.",
          known, games, side->label));
    }
  }
  return notes;
}

}  // namespace hayago::gtp
