#include "gtp/play/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "gtp/play/board_view.h"
#include "gtp/report/position_text.h"
#include "gtp/report/render.h"
#include "search/play/scoring.h"

namespace hayago::gtp {
namespace {

using search::Color;
using search::SearchReport;

constexpr int kHints = 5;

// Moves after the first that a hint shows: as many as fit into a line.
constexpr int kHintPv = 5;

SearchReport look(Session& session, const search::SideSearch& side, bool ownership) {
  search::SearchParams params = side.params;
  if (ownership) params = search::scoring_params(params);
  search::Engine engine(params, side.evaluator, side.human_evaluator, side.seed);
  engine.set_always_include_ownership(ownership);
  engine.set_position(session.state(), side.initial_turn_number);
  engine.search({});
  search::ReportOptions options;
  options.pv_length = kHintPv;
  options.ownership = ownership;
  SearchReport report;
  if (!engine.report(options, report)) {
    throw std::runtime_error("the search ended without evaluating the position");
  }
  return report;
}

std::string dead_stones_text(const search::SideSearch& side, const search::GameState& state) {
  const search::StoneStatus stones = search::final_status(side, state);
  if (stones.dead.empty()) return "hayago counts all stones as alive.";
  std::string text = "hayago counts these stones as dead:";
  for (const search::Loc stone : stones.dead) {
    text += " " + search::loc_to_string(stone, state.board());
  }
  return text + ".";
}

std::string winner_text(double white_minus_black) {
  if (white_minus_black == 0) return "A draw";
  const double points = std::abs(white_minus_black);
  return fmt::format("{} wins by {:g} {}", white_minus_black > 0 ? "White" : "Black", points,
                     points == 1 ? "point" : "points");
}

}  // namespace

std::string player_name(search::Player player) {
  return player == Color::kBlack ? "Black" : "White";
}

std::string rules_text(const search::Rules& rules) {
  return fmt::format("{} rules, komi {:g}", search::rules_nice_name(rules), rules.komi);
}

std::string hint_text(Session& session) {
  const search::SideSearch side = session.side_search();
  const SearchReport report = look(session, side, false);
  const Perspective own = Perspective::kSideToMove;
  return fmt::format("hayago's moves for {}, with {}'s winrate:\n",
                     player_name(report.root.to_move), player_name(report.root.to_move)) +
         move_list_text(report, analyze_view(own, side.params), session.board(), kHints);
}

std::string score_text(Session& session, bool colours) {
  const SearchReport report = look(session, session.side_search(), true);
  const double black = 50 * (1 - std::clamp(report.root.win_loss, -1.0, 1.0));
  return play_ownership_text(session.board(), report.ownership, colours) +
         fmt::format("Estimated score {}; Black wins {:.0f} of 100 such games, White {:.0f}.\n",
                     lead_text(-report.root.lead), std::round(black), 100 - std::round(black));
}

PlayResult final_result(Session& session) {
  const search::GameState& state = session.state();
  if (state.is_no_result()) {
    return {"Void", "The position repeats itself: the game has no result.\n"};
  }
  const bool exact = search::result_is_exact(state);
  const search::SideSearch side = session.side_search();
  const double score = search::final_score(side, state);
  std::string text =
      fmt::format("The game is over: {} ({}).\n", winner_text(score), rules_text(session.rules()));
  text += exact ? "Every stone on the board counts as alive under these rules."
                : dead_stones_text(side, state);
  return {search::score_to_string(score), text + "\n"};
}

}  // namespace hayago::gtp
