// The report for programs.
#include <fmt/format.h>

#include "gtp/cli/identity.h"
#include "gtp/compare/report.h"

namespace hayago::gtp {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Magnitudes& m) {
  return {{"mean", m.mean()},
          {"p50", m.quantile(0.5)},
          {"p90", m.quantile(0.9)},
          {"p99", m.quantile(0.99)},
          {"max", m.quantile(1)}};
}

Json to_json(const Accuracy& a) {
  return {{"positions", a.positions},
          {"sameBestMove", a.same_best_move()},
          {"otherBestMoves", a.other_best_move},
          {"nearTies", a.near_ties},
          {"policyKL", to_json(a.divergence)},
          {"winrateError", to_json(a.winrate_points)},
          {"leadError", to_json(a.lead_points)},
          {"ownershipError", to_json(a.ownership)}};
}

Json to_json(const Side& side) {
  const nn::NetInfo& info = side.executor->info();
  return {{"label", side.label},          {"network", info.name},
          {"sha256", info.sha256},        {"runs", side.executor->description()},
          {"int8Share", side.int8_share}, {"fileBytes", side.file_bytes},
          {"fileShare", side.file_share}};
}

Json to_json(const std::optional<Losses>& losses) {
  if (!losses) return nullptr;
  return {{"positions", losses->positions}, {"policyPositions", losses->policy_positions},
          {"policyLoss", losses->policy},   {"policyFloor", losses->policy_floor},
          {"valueLoss", losses->value},     {"sameBestMove", losses->same_best_move}};
}

Json layers_json(const std::vector<LayerRow>& layers) {
  Json rows = Json::array();
  for (const LayerRow& layer : layers) {
    Json row = {
        {"layer", layer.name}, {"precision", layer.precision}, {"macShare", layer.mac_share}};
    if (layer.divergence) row["policyKL"] = *layer.divergence;
    if (layer.winrate_points) row["winrateError"] = *layer.winrate_points;
    rows.push_back(row);
  }
  return rows;
}

Json positions_json(const CompareReport& report) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < report.positions.size(); ++i) {
    const PositionComparison& p = report.comparison.positions[i];
    const PositionOrigin& origin = report.positions.origins[i];
    const search::Board& board = report.positions.states[i].board();
    rows.push_back({{"game", origin.game},
                    {"move", origin.move},
                    {"bestA", search::loc_to_string(p.best_a, board)},
                    {"bestB", search::loc_to_string(p.best_b, board)},
                    {"policyKL", p.difference.divergence},
                    {"blackWinrateA", p.winrate_a},
                    {"blackWinrateB", p.winrate_b},
                    {"blackLeadA", p.lead_a},
                    {"blackLeadB", p.lead_b},
                    {"ownershipError", p.difference.ownership}});
  }
  return rows;
}

}  // namespace

std::string accuracy_summary(const CompareReport& report) {
  const Accuracy& all = report.comparison.all;
  const Json summary = {{"positions", all.positions},
                        {"games", report.positions.games.size()},
                        {"sameBestMove", all.same_best_move()},
                        {"policyKL", all.divergence.mean()},
                        {"winrateError", all.winrate_points.mean()},
                        {"winrateErrorP99", all.winrate_points.quantile(0.99)},
                        {"leadError", all.lead_points.mean()}};
  return summary.dump();
}

Json report_json(const CompareReport& report) {
  Json out = {{"tool", fmt::format("hayago {}", kVersion)},
              {"a", to_json(report.a)},
              {"b", to_json(report.b)},
              {"data", report.data},
              {"notes", report.notes}};
  out["all"] = to_json(report.comparison.all);
  for (std::size_t i = 0; i < kPhases; ++i) {
    out["phases"][phase_name(static_cast<Phase>(i))] = to_json(report.comparison.phases[i]);
  }
  out["goals"] = Json::array();
  for (const Goal& goal : goals_of(report)) {
    out["goals"].push_back(
        {{"goal", goal.name}, {"must", goal.must}, {"value", goal.value}, {"met", goal.met}});
  }
  if (report.seconds > 0) out["quantizeSeconds"] = report.seconds;
  if (!report.layers.empty()) out["layers"] = layers_json(report.layers);
  if (report.losses) {
    out["losses"] = {{"file", report.losses->file},
                     {"a", to_json(report.losses->a)},
                     {"b", to_json(report.losses->b)}};
  }
  out["games"] = Json::array();
  for (const SourceGame& game : report.positions.games) {
    out["games"].push_back({{"name", game.name}, {"hash", fmt::format("{:016x}", game.hash)}});
  }
  out["positions"] = positions_json(report);
  return out;
}

std::string json_text(const CompareReport& report) {
  return report_json(report).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hayago::gtp
