#include "gtp/protocol/search_summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;

std::string pv_text(const std::vector<Loc>& pv, const Board& board) {
  std::string text;
  for (const Loc loc : pv) text += " " + search::loc_to_string(loc, board);
  return text;
}

// Values in hundredths, in the point of view of the player to move.
std::string tree_line(const std::string& name, double utility, double win_loss, double score,
                      double lead, double sign) {
  return fmt::format("{:<4}: T {:6.2f}c W {:6.2f}c S {:6.2f}c ({:+5.1f} L {:+5.1f}) ", name,
                     100 * sign * utility, 100 * sign * win_loss, 100 * sign * (utility - win_loss),
                     sign * score, sign * lead);
}

}  // namespace

std::string chat_line(const search::SearchReport& report, const AnalyzeView& view,
                      const search::SearchParams& params, const Board& board) {
  const search::RootReport& root = report.root;
  const bool black = flips_values(view.perspective, root.to_move);
  const double winrate = 0.5 * (1 + (black ? -root.win_loss : root.win_loss));
  const double pda = params.playout_doubling_advantage;
  const Color pda_side = params.playout_doubling_advantage_pla;
  const bool own = pda_side == Color::kEmpty || pda_side == root.to_move;
  const std::string pda_text =
      pda != 0 ? fmt::format(" (PDA {:.2f})", own ? pda : -pda) : std::string();
  const std::string pv = report.moves.empty() ? "" : pv_text(report.moves[0].pv, board);
  return fmt::format(
      "MALKOVICH:Visits {} Winrate {:.2f}% ScoreLead {:.1f} ScoreStdev {:.1f}{} PV{}", root.visits,
      100 * winrate, black ? -root.lead : root.lead, root.score_stdev, pda_text, pv);
}

std::string board_text(const search::GameState& state, Loc marked) {
  const Board& board = state.board();
  const auto& moves = state.moves();
  std::string text =
      fmt::format("MoveNum: {} HASH: {}\n  ", moves.size(), search::to_hex(board.position_hash()));
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNOPQRSTUVWXYZ";
  for (int x = 0; x < board.x_size(); ++x) {
    const std::size_t i = static_cast<std::size_t>(x);
    const std::string column = i < kLetters.size() ? std::string(1, kLetters[i])
                                                   : std::string{kLetters[i / kLetters.size() - 1],
                                                                 kLetters[i % kLetters.size()]};
    text += " " + column;
  }
  text += '\n';
  const std::size_t recent = std::min<std::size_t>(3, moves.size());
  for (int y = 0; y < board.y_size(); ++y) {
    text += fmt::format("{:2} ", board.y_size() - y);
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc loc = board.loc(x, y);
      const Color color = board.at(loc);
      text += loc == marked            ? '@'
              : color == Color::kBlack ? 'X'
              : color == Color::kWhite ? 'O'
                                       : '.';
      char after = x + 1 < board.x_size() ? ' ' : '\0';
      for (std::size_t i = recent; i-- > 0;) {  // the earliest of the three wins
        if (moves[moves.size() - recent + i].loc == loc) after = static_cast<char>('1' + i);
      }
      if (after != '\0') text += after;
    }
    text += '\n';
  }
  return text;
}

std::string search_summary(const search::SearchReport& report, const AnalyzeView& view,
                           const search::SearchParams& params, const search::GameState& state,
                           Loc chosen, const search::SearchStats& stats) {
  constexpr std::size_t kMoves = 10;
  const Board& board = state.board();
  const search::RootReport& root = report.root;
  const double sign = search::sign_for_white(root.to_move);
  std::string text = board_text(state, chosen);
  text += fmt::format("\n{}\nTime taken: {:g}\nRoot visits: {}\nNew playouts: {}\n",
                      search::rules_compact(state.rules(), true), stats.seconds, root.visits,
                      stats.playouts);
  if (params.playout_doubling_advantage != 0) {
    text += fmt::format("PlayoutDoublingAdvantage: {:g}\n", params.playout_doubling_advantage);
  }
  const std::string pv = report.moves.empty() ? "" : pv_text(report.moves[0].pv, board);
  text += fmt::format("PV:{}\nTree:\n", pv);
  text += tree_line("", root.utility, root.win_loss, root.score_mean, root.lead, sign) +
          fmt::format("N {:7}  -- {}\n", root.visits, pv);
  text += fmt::format(
      "---{}({})---\n", root.to_move == Color::kBlack ? "Black" : "White",
      flips_values(view.perspective, root.to_move) == (root.to_move == Color::kBlack) ? '^' : 'v');
  for (std::size_t i = 0; i < std::min(kMoves, report.moves.size()); ++i) {
    const search::MoveReport& move = report.moves[i];
    text += tree_line(search::loc_to_string(move.move, board), move.utility, move.win_loss,
                      move.score_mean, move.lead, sign);
    text += fmt::format("LCB {:7.2f}c P {:5.2f}% WF {:5.1f} PSV {:7.0f} N {:7}  -- {}\n",
                        100 * move.lcb_utility, 100 * move.prior, move.weight,
                        move.play_selection_value, move.visits, pv_text(move.pv, board));
  }
  return text;
}

}  // namespace hayago::gtp
