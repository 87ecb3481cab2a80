#include "gtp/distill/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "gtp/cli/identity.h"
#include "gtp/compare/page_style.h"
#include "gtp/distill/curves.h"
#include "gtp/report/xml_text.h"

namespace hayago::gtp {
namespace {

constexpr std::size_t kRows = 20;

using Number = std::function<double(const TrainingReport&)>;

Curve curve(const TrainingPage& page, const std::string& name, const Number& number) {
  Curve result{name, {}};
  for (const TrainingReport& report : page.reports) {
    result.points.push_back({static_cast<double>(report.step), number(report)});
  }
  return result;
}

std::string card(const std::string& title, const std::vector<Curve>& curves, bool from_zero) {
  return fmt::format("<div class=\"card\"><h3>{}</h3>\n{}</div>\n", xml_text(title),
                     curves_svg(title, curves, from_zero));
}

std::string pair_card(const TrainingPage& page, const std::string& title,
                      double quant::Losses::*part) {
  return card(
      title,
      {curve(page, "held out", [part](const TrainingReport& r) { return r.held_out.losses.*part; }),
       curve(page, "training", [part](const TrainingReport& r) { return r.training.*part; })},
      false);
}

std::string plots(const TrainingPage& page) {
  using R = const TrainingReport&;
  std::string out = "<h2>Losses</h2>\n<div class=\"cards\">\n";
  out += card("Same best move as the teacher, % of the held-out positions",
              {curve(page, "", [](R r) { return 100 * r.held_out.agreement; })}, true);
  out += card("Total loss",
              {curve(page, "held out", [](R r) { return r.held_out.losses.total({}); }),
               curve(page, "training", [](R r) { return r.training.total({}); })},
              false);
  out += card("Held-out KL from the teacher's policy and value, nats",
              {curve(page, "policy", [](R r) { return r.held_out.policy_divergence; }),
               curve(page, "value", [](R r) { return r.held_out.value_divergence; })},
              true);
  out += pair_card(page, "Policy, cross-entropy in nats", &quant::Losses::policy);
  out += pair_card(page, "Win, loss, no result, cross-entropy in nats", &quant::Losses::value);
  out += pair_card(page, "Ownership, mean square", &quant::Losses::ownership);
  out += pair_card(page, "Score mean, Huber, points squared", &quant::Losses::score_mean);
  out += pair_card(page, "Score lead, Huber, points squared", &quant::Losses::lead);
  out += card("Learning rate", {curve(page, "", [](R r) { return r.learning_rate; })}, true);
  out += card("Positions per second", {curve(page, "", [](R r) { return r.positions_per_second; })},
              true);
  return out + "</div>\n";
}

std::string tile(const std::string& value, const std::string& meaning) {
  return fmt::format("<div class=\"tile\"><b>{}</b>{}</div>\n", xml_text(value), xml_text(meaning));
}

std::string tiles(const TrainingPage& page) {
  const TrainingReport& last = page.reports.back();
  const Judgement& judged = last.held_out;
  std::string out = "<div class=\"tiles\">\n";
  out += tile(fmt::format("{:.1f} %", 100 * judged.agreement), "same best move as the teacher");
  out += tile(fmt::format("{:.3f}", judged.policy_divergence), "policy KL (nats)");
  out += tile(fmt::format("{:.3f}", judged.value_divergence), "value KL (nats)");
  out += tile(fmt::format("{:.4f}", judged.losses.ownership), "ownership, mean square");
  out += tile(fmt::format("{} of {}", last.step, page.steps), "steps");
  out += tile(fmt::format("{:.1f} h", last.seconds / 3600), "of training");
  return out + "</div>\n";
}

std::string table_of_reports(const TrainingPage& page) {
  std::string out =
      "<h2>Latest reports</h2>\n<div class=\"card\"><table>\n<tr><th>step</th><th>training "
      "loss</th><th>held-out loss</th><th>policy KL</th><th>value "
      "KL</th><th>score</th><th>lead</th>"
      "<th>ownership</th><th>same best move</th></tr>\n";
  const std::size_t rows = std::min(page.reports.size(), kRows);
  for (std::size_t i = 0; i < rows; ++i) {
    const TrainingReport& r = page.reports[page.reports.size() - 1 - i];
    const Judgement& judged = r.held_out;
    out += fmt::format(
        "<tr><td>{}</td><td>{:.4f}</td><td>{:.4f}</td><td>{:.4f}</td><td>{:.4f}</td><td>{:.2f}</td>"
        "<td>{:.2f}</td><td>{:.4f}</td><td>{:.1f} %</td></tr>\n",
        r.step, r.training.total({}), judged.losses.total({}), judged.policy_divergence,
        judged.value_divergence, judged.losses.score_mean, judged.losses.lead,
        judged.losses.ownership, 100 * judged.agreement);
  }
  return out + "</table></div>\n";
}

std::string table_of_settings(const TrainingPage& page) {
  std::string out = "<h2>How it is trained</h2>\n<div class=\"card\"><table>\n";
  for (const auto& [name, value] : page.settings) {
    out += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", xml_text(name), xml_text(value));
  }
  return out + "</table></div>\n";
}

}  // namespace

std::string training_page(const TrainingPage& page) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{} learns from {}</title>\n<style>{}</style>\n</head>\n<body>\n",
      xml_text(page.student), xml_text(page.teacher), kPageStyle);
  out += fmt::format(
      "<h1>{} learns from {}</h1>\n<p class=\"dim\">Held-out positions are of games that it does "
      "not learn from; there the average of its weights is judged.</p>\n",
      xml_text(page.student), xml_text(page.teacher));
  if (!page.reports.empty()) out += tiles(page) + plots(page) + table_of_reports(page);
  out += table_of_settings(page);
  return out + fmt::format("<footer>Made by hayago {}.</footer>\n</body>\n</html>\n", kVersion);
}

}  // namespace hayago::gtp
