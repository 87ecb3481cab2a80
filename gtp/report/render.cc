#include "gtp/report/render.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace hayago::gtp {

using nlohmann::json;
using search::Board;
using search::Color;

namespace {

std::string vertex(search::Loc loc, const Board& board) {
  return loc == search::kNullLoc ? "-" : search::loc_to_string(loc, board);
}

std::string pv_text(const PositionValue& value, const Board& board) {
  std::string out;
  for (const search::Loc loc : value.pv) {
    out += fmt::format("{}{}", out.empty() ? "" : " ", search::loc_to_string(loc, board));
  }
  return out;
}

std::string_view colour_code(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kCodes{"", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"};
  return kCodes[static_cast<std::size_t>(verdict)];
}

std::string player_summary(const GameReport& report, const PlayerSummary& player,
                           std::string_view colour, const std::string& name) {
  std::string out = fmt::format(
      "{} ({}): {} moves, mean loss {:.2f} points and {:.1f} %, {} as the engine would play\n"
      "  {} {} blunders, {} {} mistakes, {} {} inaccuracies\n",
      colour, name, player.moves, player.mean_points_lost, 100 * player.mean_winrate_lost,
      player.best_moves, player.verdicts[3], verdict_mark(Verdict::kBlunder), player.verdicts[2],
      verdict_mark(Verdict::kMistake), player.verdicts[1], verdict_mark(Verdict::kInaccuracy));
  for (const std::size_t index : player.worst) {
    const MoveVerdict& move = report.moves[index];
    out +=
        fmt::format("  move {:>3} {:<5} {:<4} lost {:5.1f} points, {:4.1f} %; better {}\n",
                    move.number, vertex(move.move.loc, report.board), verdict_mark(move.verdict),
                    move.points_lost, 100 * move.winrate_lost, pv_text(move.before, report.board));
  }
  return out;
}

json player_json(const PlayerSummary& player, const std::string& name) {
  return {{"name", name},
          {"moves", player.moves},
          {"meanPointsLost", player.mean_points_lost},
          {"meanWinrateLost", player.mean_winrate_lost},
          {"bestMoves", player.best_moves},
          {"inaccuracies", player.verdicts[1]},
          {"mistakes", player.verdicts[2]},
          {"blunders", player.verdicts[3]}};
}

}  // namespace

std::string lead_text(double black_lead) {
  if (std::fabs(black_lead) < 0.05) return "0.0";
  return fmt::format("{}+{:.1f}", black_lead > 0 ? 'B' : 'W', std::fabs(black_lead));
}

std::string move_table(const GameReport& report, bool colours) {
  std::string out =
      fmt::format("{:>5}  {:<6} {:<6} {:>7} {:>8}   {:<6} {:>8} {:>8}\n", "Move", "Player",
                  "Played", "Black %", "Lead", "Best", "Loss pts", "Loss %");
  for (const MoveVerdict& move : report.moves) {
    const bool painted = colours && move.verdict != Verdict::kGood;
    out += painted ? colour_code(move.verdict) : std::string_view();
    std::string row =
        fmt::format("{:>5}  {:<6} {:<6} {:>7.1f} {:>8}   {:<6} {:>8.1f} {:>8.1f} {}", move.number,
                    search::player_letter(move.move.player), vertex(move.move.loc, report.board),
                    100 * move.after.black_winrate, lead_text(move.after.black_lead),
                    vertex(move.before.best, report.board), move.points_lost,
                    100 * move.winrate_lost, verdict_mark(move.verdict));
    row.resize(row.find_last_not_of(' ') + 1);
    out += row;
    out += painted ? "\x1b[0m\n" : "\n";
  }
  return out;
}

std::string summary_text(const GameReport& report, const ReportNames& names) {
  return player_summary(report, report.black, "Black", names.black) +
         player_summary(report, report.white, "White", names.white);
}

json report_json(const GameReport& report, const ReportNames& names) {
  json moves = json::array();
  for (const MoveVerdict& move : report.moves) {
    json pv = json::array();
    for (const search::Loc loc : move.before.pv) pv.push_back(vertex(loc, report.board));
    moves.push_back({{"move", move.number},
                     {"player", std::string(search::player_letter(move.move.player))},
                     {"played", vertex(move.move.loc, report.board)},
                     {"best", vertex(move.before.best, report.board)},
                     {"pv", std::move(pv)},
                     {"visits", move.after.visits},
                     {"blackWinrate", move.after.black_winrate},
                     {"blackLead", move.after.black_lead},
                     {"pointsLost", move.points_lost},
                     {"winrateLost", move.winrate_lost},
                     {"mark", verdict_mark(move.verdict)}});
  }
  return {{"boardXSize", report.board.x_size()},
          {"boardYSize", report.board.y_size()},
          {"black", player_json(report.black, names.black)},
          {"white", player_json(report.white, names.white)},
          {"moves", std::move(moves)}};
}

}  // namespace hayago::gtp
