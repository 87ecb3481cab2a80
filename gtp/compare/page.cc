// The report as a page: self-contained, for any browser, offline.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "gtp/cli/identity.h"
#include "gtp/compare/board_svg.h"
#include "gtp/compare/charts.h"
#include "gtp/compare/page_style.h"
#include "gtp/compare/report.h"
#include "gtp/report/render.h"
#include "gtp/report/xml_text.h"

namespace hayago::gtp {
namespace {

constexpr std::size_t kWorst = 12;

std::string tile(const std::string& value, const std::string& meaning) {
  return fmt::format("<div class=\"tile\"><b>{}</b>{}</div>\n", xml_text(value), xml_text(meaning));
}

// The head of the page: what is compared, and the result in five numbers.
std::string head(const CompareReport& report) {
  const auto name = [](const Side& side, const char* letter, const char* lower) {
    return fmt::format("<span class=\"name-{}\">{}: {}</span> <span class=\"dim\">({}, {})</span>",
                       lower, letter, xml_text(side.label), xml_text(side.executor->info().name),
                       xml_text(side.executor->description()));
  };
  std::string out = fmt::format("<h1>{} against {}</h1>\n<p class=\"lead\">{}<br/>{}</p>\n",
                                xml_text(report.b.label), xml_text(report.a.label),
                                name(report.a, "A", "a"), name(report.b, "B", "b"));
  for (const std::string& note : report.notes) {
    out += fmt::format("<p class=\"{}\">{}</p>\n", note.starts_with("WARNING") ? "warning" : "dim",
                       xml_text(note));
  }
  const Accuracy& all = report.comparison.all;
  if (all.positions == 0) return out;
  out += "<div class=\"tiles\">\n";
  out += tile(fmt::format("{:.2f} %", 100 * all.same_best_move()), "same best move");
  out += tile(fmt::format("{:.2g}", all.divergence.mean()), "policy KL, mean (nats)");
  out += tile(fmt::format("{:.3f}", all.winrate_points.mean()), "winrate error, mean (points)");
  out += tile(fmt::format("{:.3f}", all.lead_points.mean()), "score lead error, mean (points)");
  out += tile(fmt::format("{}", all.positions),
              fmt::format("positions of {} games", report.positions.games.size()));
  return out + "</div>\n";
}

std::string goals_table(const CompareReport& report) {
  const std::vector<Goal> goals = goals_of(report);
  if (goals.empty()) return {};
  std::string out =
      "<h2>Goals</h2>\n<div class=\"card\"><table>\n<tr><th>what a low precision must "
      "keep</th><th>must be</th><th>measured</th><th></th></tr>\n";
  for (const Goal& goal : goals) {
    const char* const verdict = goal.met ? "met" : "missed";
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td><span class=\"{}\">{}</span></td></tr>\n",
        xml_text(goal.name), xml_text(goal.must), xml_text(goal.value), verdict, verdict);
  }
  return out + "</table></div>\n";
}

std::string error_row(const char* name, const Magnitudes& m, const char* digits) {
  std::string out = fmt::format("<tr><td>{}</td>", name);
  for (const double value :
       {m.mean(), m.quantile(0.5), m.quantile(0.9), m.quantile(0.99), m.quantile(1)}) {
    out += fmt::format("<td>{}</td>", fmt::format(fmt::runtime(digits), value));
  }
  return out + "</tr>\n";
}

std::string error_rows(const std::string& title, const Accuracy& a) {
  if (a.positions == 0) return {};
  std::string out = fmt::format(
      "<tr class=\"group\"><td colspan=\"6\">{}: {:.2f} % same best move <span class=\"dim\">({} "
      "of {} "
      "positions differ, {} of them in near ties)</span></td></tr>\n",
      title, 100 * a.same_best_move(), a.other_best_move, a.positions, a.near_ties);
  out += error_row("policy KL, nats", a.divergence, "{:.5f}");
  out += error_row("winrate error, points", a.winrate_points, "{:.3f}");
  out += error_row("score lead error, points", a.lead_points, "{:.3f}");
  return out + error_row("ownership error, of -1 to 1", a.ownership, "{:.4f}");
}

std::string errors_table(const Comparison& comparison) {
  std::string out =
      "<h2>Differences</h2>\n<div class=\"card\"><table>\n<tr><th></th><th>mean</th><th>50 %</th>"
      "<th>90 %</th><th>99 %</th><th>largest</th></tr>\n";
  out += error_rows("All positions", comparison.all);
  const char* const titles[] = {"Opening", "Middle game", "Endgame"};
  for (std::size_t i = 0; i < kPhases; ++i) out += error_rows(titles[i], comparison.phases[i]);
  return out + "</table></div>\n";
}

std::string card(const std::string& title, const std::string& content) {
  return fmt::format("<div class=\"card\"><h3>{}</h3>\n{}</div>\n", title, content);
}

std::string charts(const CompareReport& report) {
  std::vector<double> divergences, winrates, leads, ownerships;
  for (const PositionComparison& p : report.comparison.positions) {
    divergences.push_back(p.difference.divergence);
    winrates.push_back(p.difference.winrate_points);
    leads.push_back(p.difference.lead_points);
    ownerships.push_back(p.difference.ownership);
  }
  const bool goals = is_same_network(report);
  std::string out = "<h2>Distributions</h2>\n<div class=\"cards\">\n";
  out +=
      card("Policy KL",
           histogram_svg(divergences, {"policy KL, nats (logarithmic)", true, goals ? 2e-3 : 0.0}));
  out +=
      card("Winrate error",
           histogram_svg(winrates, {"winrate error, percentage points", false, goals ? 0.3 : 0.0}));
  out += card("Score lead error",
              histogram_svg(leads, {"score lead error, points", false, goals ? 0.2 : 0.0}));
  out += card("Ownership error",
              histogram_svg(ownerships, {"mean ownership error of a position", false, 0}));
  out += card("Winrates", winrate_scatter_svg(report.comparison.positions));
  out += card("Other best moves by phase", phases_svg(report.comparison));
  out += "</div>\n<p class=\"dim\">";
  if (goals) out += "Green line: where the mean has to stay. ";
  return out +
         "The first and the last bar hold everything beyond them. Phases: up to move 50, "
         "up to move 150, later (on 19x19; other boards in proportion).</p>\n";
}

std::string layers_table(const std::vector<LayerRow>& layers) {
  if (layers.empty()) return {};
  double most = 0;
  for (const LayerRow& layer : layers) most = std::max(most, layer.divergence.value_or(0));
  std::string out =
      "<h2>Layers</h2>\n<div class=\"card\"><table>\n<tr><th>layer</th><th>precision</th>"
      "<th>multiply-accumulates</th><th>policy KL alone in int8</th><th></th>"
      "<th>winrate error alone</th></tr>\n";
  for (const LayerRow& layer : layers) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{:.1f} %</td>", xml_text(layer.name),
                       xml_text(layer.precision), 100 * layer.mac_share);
    if (layer.divergence) {
      out += fmt::format(
          "<td>{:.6f}</td><td><span class=\"track\"><i style=\"width:{:.1f}%\"></i></span></td>",
          *layer.divergence, most > 0 ? 100 * *layer.divergence / most : 0.0);
    } else {
      out += "<td class=\"dim\">not measured</td><td></td>";
    }
    out += layer.winrate_points ? fmt::format("<td>{:.4f}</td></tr>\n", *layer.winrate_points)
                                : "<td></td></tr>\n";
  }
  return out + "</table></div>\n";
}

std::string losses_table(const CompareReport& report) {
  if (!report.losses) return {};
  std::string out = fmt::format(
      "<h2>Losses on {}</h2>\n<div class=\"card\"><table>\n<tr><th></th><th>policy loss</th>"
      "<th>value loss</th><th>search's move is the best</th></tr>\n",
      xml_text(report.losses->file));
  const auto row = [&](const std::string& name, const std::optional<Losses>& l) {
    out += fmt::format("<tr><td>{}</td>", xml_text(name));
    out += l ? fmt::format("<td>{:.5f}</td><td>{:.5f}</td><td>{:.2f} %</td></tr>\n", l->policy,
                           l->value, 100 * l->same_best_move)
             : "<td colspan=\"3\">its inputs are not those of version 7</td></tr>\n";
  };
  row("A: " + report.a.label, report.losses->a);
  row("B: " + report.b.label, report.losses->b);
  out += "</table></div>\n";
  if (report.losses->a) {
    out += fmt::format(
        "<p class=\"dim\">Cross entropies in nats over {} positions of strong self-play, with the "
        "visits "
        "of the search and the result of the game. No network can have a policy loss below "
        "{:.5f}.</p>\n",
        report.losses->a->positions, report.losses->a->policy_floor);
  }
  return out;
}

std::string side_row(const char* letter, const char* lower, const search::Board& board,
                     search::Loc best, double share, double winrate, double lead) {
  return fmt::format(
      "<tr><td><span class=\"name-{}\">{}</span></td><td>{}</td><td>{:.1f} %</td><td>{:.1f} %</td>"
      "<td>{}</td></tr>\n",
      lower, letter, search::loc_to_string(best, board), 100 * share, winrate, lead_text(lead));
}

std::string worst_position(const CompareReport& report, std::size_t index) {
  const search::GameState& state = report.positions.states[index];
  const PositionComparison& p = report.comparison.positions[index];
  const PositionOrigin& origin = report.positions.origins[index];
  const search::Board& board = state.board();
  const std::string name = report.positions.games[static_cast<std::size_t>(origin.game)].name;
  const std::string place =
      fmt::format("{}, after move {}, {} to move", std::filesystem::path(name).filename().string(),
                  origin.move, state.next_player() == search::Color::kBlack ? "Black" : "White");
  double share_a = 0, share_b = 0;
  for (const MoveShare& move : p.moves) {
    if (move.loc == p.best_a) share_a = move.a;
    if (move.loc == p.best_b) share_b = move.b;
  }
  std::string out = "<figure class=\"card\">\n" + board_svg(state, p, place);
  out += fmt::format(
      "<figcaption><b>{}</b><br/>winrate {:.2f} points apart, lead {:.2f} points, policy KL "
      "{:.4f}\n"
      "<table><tr><th></th><th>best move</th><th>its share</th><th>Black "
      "wins</th><th>lead</th></tr>\n",
      xml_text(place), p.difference.winrate_points, p.difference.lead_points,
      p.difference.divergence);
  out += side_row("A", "a", board, p.best_a, share_a, p.winrate_a, p.lead_a);
  out += side_row("B", "b", board, p.best_b, share_b, p.winrate_b, p.lead_b);
  return out + "</table></figcaption></figure>\n";
}

std::string worst_boards(const CompareReport& report) {
  const auto worst = report.comparison.worst(kWorst, report.positions.origins);
  if (worst.empty()) return {};
  std::string out =
      "<h2>Where they differ most</h2>\n<p class=\"dim\">Percent that <span "
      "class=\"name-a\">A</span> (above) "
      "and <span class=\"name-b\">B</span> (below) give to a move; a coloured half frame marks the "
      "best "
      "move of each, a circle the last move. At most two positions of a game, ranked by the "
      "largest "
      "of winrate error / 1.5 points, policy KL / 0.05 and lead error / 3 points.</p>\n"
      "<div class=\"boards\">\n";
  for (const std::size_t index : worst) out += worst_position(report, index);
  return out + "</div>\n";
}

std::string method(const CompareReport& report) {
  std::string out = "<h2>Where the positions are from</h2>\n";
  for (const std::string& line : report.data) out += fmt::format("<p>{}</p>\n", xml_text(line));
  return out + fmt::format(
                   "<footer>Made by hayago {}. Every position was evaluated once by each network, "
                   "without search and without symmetries.</footer>\n",
                   kVersion);
}

}  // namespace

std::string report_page(const CompareReport& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{} against {}</title>\n<style>{}</style>\n</head>\n<body>\n",
      xml_text(report.b.label), xml_text(report.a.label), kPageStyle);
  out += head(report) + goals_table(report);
  if (report.comparison.all.positions > 0) out += errors_table(report.comparison) + charts(report);
  out += losses_table(report) + layers_table(report.layers) + worst_boards(report) + method(report);
  return out + "</body>\n</html>\n";
}

}  // namespace hayago::gtp
