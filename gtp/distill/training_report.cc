#include "gtp/distill/training_report.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hayago::gtp {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, double quant::Losses::*>, 9> kParts = {{
    {"policy", &quant::Losses::policy},
    {"value", &quant::Losses::value},
    {"scoreMean", &quant::Losses::score_mean},
    {"scoreStdev", &quant::Losses::score_stdev},
    {"lead", &quant::Losses::lead},
    {"ownership", &quant::Losses::ownership},
    {"varianceTime", &quant::Losses::variance_time},
    {"winlossError", &quant::Losses::winloss_error},
    {"scoreError", &quant::Losses::score_error},
}};

ordered_json losses_json(const quant::Losses& losses) {
  ordered_json json = {{"total", losses.total({})}};
  for (const auto& [name, part] : kParts) json[name] = losses.*part;
  return json;
}

quant::Losses losses_from(const ordered_json& json) {
  quant::Losses losses;
  losses.positions = 1;
  for (const auto& [name, part] : kParts) losses.*part = json.at(name).get<double>();
  return losses;
}

}  // namespace

std::string report_line(const TrainingReport& report, std::int64_t steps) {
  const Judgement& judged = report.held_out;
  return fmt::format(
      "step {}/{}  lr {:.2g}  training loss {:.4f}  held out: {:.4f} = policy {:.4f} (KL {:.4f})  "
      "value {:.4f} (KL {:.4f})  score {:.2f}  lead {:.2f}  ownership {:.4f}  agreement {:.1f} %  "
      "{:.0f} pos/s",
      report.step, steps, report.learning_rate, report.training.total({}), judged.losses.total({}),
      judged.losses.policy, judged.policy_divergence, judged.losses.value, judged.value_divergence,
      judged.losses.score_mean, judged.losses.lead, judged.losses.ownership, 100 * judged.agreement,
      report.positions_per_second);
}

ordered_json report_json(const TrainingReport& report) {
  ordered_json held_out = losses_json(report.held_out.losses);
  held_out["policyKL"] = report.held_out.policy_divergence;
  held_out["valueKL"] = report.held_out.value_divergence;
  held_out["agreement"] = report.held_out.agreement;
  return {{"step", report.step},
          {"seconds", report.seconds},
          {"positionsPerSecond", report.positions_per_second},
          {"learningRate", report.learning_rate},
          {"training", losses_json(report.training)},
          {"heldOut", held_out}};
}

TrainingReport report_from_json(const ordered_json& json) {
  const ordered_json& held_out = json.at("heldOut");
  TrainingReport report;
  report.step = json.at("step");
  report.seconds = json.at("seconds");
  report.positions_per_second = json.at("positionsPerSecond");
  report.learning_rate = json.at("learningRate");
  report.training = losses_from(json.at("training"));
  report.held_out.losses = losses_from(held_out);
  report.held_out.policy_divergence = held_out.at("policyKL");
  report.held_out.value_divergence = held_out.at("valueKL");
  report.held_out.agreement = held_out.at("agreement");
  return report;
}

std::string json_lines(const std::vector<TrainingReport>& reports) {
  std::string lines;
  for (const TrainingReport& report : reports) lines += report_json(report).dump() + "\n";
  return lines;
}

}  // namespace hayago::gtp
