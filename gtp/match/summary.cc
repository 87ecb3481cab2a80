#include "gtp/match/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace hayago::gtp {
namespace {

double ratio(double a, double b) { return b > 0 ? a / b : 0.0; }

void add_game(MatchSummary& out, const MatchGame& game) {
  ++out.games;
  out.all.add(game.half_points);
  (game.a_is_black() ? out.as_black : out.as_white).add(game.half_points);
  ++out.ends[static_cast<std::size_t>(game.end)];
  out.disputed += game.disputed;
  out.mean_moves += game.moves;
  const std::size_t loser = game.half_points == 0 ? 0 : 1;
  if (game.end == GameEnd::kTime) ++out.lost_on_time[loser];
  if (game.end == GameEnd::kFailure || game.end == GameEnd::kIllegalMove) ++out.failed[loser];
  for (const std::size_t side : {0, 1}) {
    out.seconds[side] += game.seconds[side];
    out.longest[side] = std::max(out.longest[side], game.longest[side]);
    out.visits[side] += game.visits[side];
    out.searches[side] += game.searches[side];
  }
}

std::string percent(const Score& score) {
  const double points = score.wins + 0.5 * score.draws;
  return fmt::format("{:.1f} %", 100 * ratio(points, score.games()));
}

std::string score_row(const char* what, const Score& score) {
  return fmt::format("{:<22}{:>7}{:>7}{:>7}{:>7}   {}\n", what, score.games(), score.wins,
                     score.draws, score.losses, percent(score));
}

std::string ends_text(const MatchSummary& summary) {
  std::string text;
  for (std::size_t i = 0; i < summary.ends.size(); ++i) {
    if (summary.ends[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(static_cast<GameEnd>(i)),
                        summary.ends[i]);
  }
  return text;
}

std::string decision_text(SprtDecision decision) {
  if (decision == SprtDecision::kH0) return "H0 accepted";
  return decision == SprtDecision::kH1 ? "H1 accepted" : "no decision";
}

std::string thinking_row(const MatchSummary& s, const MatchOptions& options, std::size_t side) {
  return fmt::format(
      "  {:<20}{:>9}{:>12.3f}{:>12.3f}{:>12.1f}{:>12.1f}{:>10}{:>10}\n", options.players[side].name,
      s.searches[side], ratio(s.seconds[side], static_cast<double>(s.searches[side])),
      s.longest[side],
      ratio(static_cast<double>(s.visits[side]), static_cast<double>(s.searches[side])),
      ratio(static_cast<double>(s.visits[side]), s.seconds[side]), s.lost_on_time[side],
      s.failed[side]);
}

nlohmann::json finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

}  // namespace

void Score::add(int half_points) {
  ++(half_points == 2 ? wins : half_points == 1 ? draws : losses);
}

MatchSummary summarise(const std::vector<MatchGame>& games,
                       const std::optional<SprtSettings>& sprt) {
  MatchSummary out;
  std::map<int, int> first_of_pair;  // pair -> half points
  for (const MatchGame& game : games) {
    add_game(out, game);
    const auto [first, is_first] = first_of_pair.emplace(game.pair(), game.half_points);
    if (is_first) continue;
    ++out.pairs[static_cast<std::size_t>(first->second + game.half_points)];
    if (!sprt || out.decision != SprtDecision::kNone) continue;
    out.llr = log_likelihood_ratio(out.pairs, sprt->elo0, sprt->elo1);
    out.decision = sprt_decision(*sprt, out.llr);
  }
  out.mean_moves = ratio(out.mean_moves, out.games);
  out.elo = estimate_elo(out.pairs);
  return out;
}

std::string elo_text(const EloEstimate& e) {
  if (e.pairs == 0) return "no pair yet";
  if (!e.is_known()) return fmt::format("{:+.1f} Elo", e.elo);
  if (!std::isfinite(e.elo) || !std::isfinite(e.low) || !std::isfinite(e.high)) {
    return fmt::format("{:+.1f} Elo [{:+.1f}, {:+.1f}]", e.elo, e.low, e.high);
  }
  return fmt::format("{:+.1f} +- {:.1f} Elo", e.elo, (e.high - e.low) / 2);
}

std::string sprt_text(const MatchSummary& summary, const SprtSettings& settings) {
  return fmt::format("LLR {:.2f} ({:.2f}, {:.2f})", summary.llr, settings.lower(),
                     settings.upper());
}

std::string summary_table(const MatchSummary& s, const MatchOptions& options) {
  const std::string &a = options.players[0].name, &b = options.players[1].name;
  std::string out =
      fmt::format("{} against {}: {}x{}, {} rules, komi {:g}{}{}\n\n", a, b, options.x_size,
                  options.y_size, search::rules_nice_name(options.rules), options.rules.komi,
                  options.visits > 0 ? fmt::format(", {} visits", options.visits) : "",
                  options.time_text.empty() ? "" : ", time " + options.time_text);
  out += fmt::format("{:<22}{:>7}{:>7}{:>7}{:>7}   score\n", a, "games", "wins", "draws", "losses");
  out += score_row("  as Black", s.as_black) + score_row("  as White", s.as_white) +
         score_row("  all", s.all);
  out += fmt::format("\npairs by points of {}    0: {}  0.5: {}  1: {}  1.5: {}  2: {}\n", a,
                     s.pairs[0], s.pairs[1], s.pairs[2], s.pairs[3], s.pairs[4]);
  out += fmt::format("difference            {}", elo_text(s.elo));
  if (s.elo.is_known()) {
    out += fmt::format(", 95 % interval [{:+.1f}, {:+.1f}] from {} pairs", s.elo.low, s.elo.high,
                       s.elo.pairs);
  }
  if (s.elo.is_known()) {
    out += fmt::format("\nlikely the stronger   {:.1f} % (LOS)", 100 * s.elo.superiority);
  }
  out += '\n';
  if (options.sprt) {
    out += fmt::format("SPRT {:g} against {:g}    {}: {}\n", options.sprt->elo0, options.sprt->elo1,
                       sprt_text(s, *options.sprt), decision_text(s.decision));
  }
  out += fmt::format("length of a game      {:.1f} moves\nended by              {}\n", s.mean_moves,
                     ends_text(s));
  if (s.disputed > 0) out += fmt::format("disputed scores       {}\n", s.disputed);
  out += fmt::format("\n  {:<20}{:>9}{:>12}{:>12}{:>12}{:>12}{:>10}{:>10}\n", "thinking", "moves",
                     "s/move", "longest s", "visits", "visits/s", "on time", "failures");
  return out + thinking_row(s, options, 0) + thinking_row(s, options, 1);
}

nlohmann::ordered_json summary_json(const MatchSummary& s, const MatchOptions& options) {
  nlohmann::ordered_json out;
  out["games"] = s.games;
  out["wins"] = s.all.wins;
  out["draws"] = s.all.draws;
  out["losses"] = s.all.losses;
  out["pairs"] = s.pairs;
  out["elo"] = finite(s.elo.elo);
  out["eloLow"] = finite(s.elo.low);
  out["eloHigh"] = finite(s.elo.high);
  out["los"] = s.elo.superiority;
  if (options.sprt) {
    out["llr"] = s.llr;
    out["llrLower"] = options.sprt->lower();
    out["llrUpper"] = options.sprt->upper();
    out["decision"] = decision_text(s.decision);
  }
  out["meanMoves"] = s.mean_moves;
  out["lostOnTime"] = s.lost_on_time;
  out["failures"] = s.failed;
  out["disputed"] = s.disputed;
  out["visitsPerSecond"] = {ratio(static_cast<double>(s.visits[0]), s.seconds[0]),
                            ratio(static_cast<double>(s.visits[1]), s.seconds[1])};
  return out;
}

}  // namespace hayago::gtp
