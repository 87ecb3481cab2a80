#include "gtp/protocol/search_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtp/protocol/tree_text.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;

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
  const std::string pv = report.moves.empty() ? "" : vertex_list(report.moves[0].pv, board);
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

std::string search_summary(const search::BranchReport& root, const AnalyzeView& view,
                           const search::SearchParams& params, const search::GameState& state,
                           Loc chosen, const SearchEffort& effort,
                           const search::BranchReport* chosen_branch) {
  constexpr int kMoves = 10;
  const Board& board = state.board();
  const search::Player player = state.next_player();
  const search::BranchNode& top = root.path.front();
  const auto rows = static_cast<double>(effort.network.rows);
  const auto batches = static_cast<double>(effort.network.batches);
  std::string text = board_text(state, chosen);
  text += fmt::format(
      "\n{}\nTime taken: {:g}\nRoot visits: {}\nNew playouts: {}\n"
      "NN rows: {}\nNN batches: {}\nNN avg batch size: {:g}\n",
      search::rules_compact(state.rules(), true), effort.search.seconds, top.visits,
      effort.search.playouts, effort.network.rows, effort.network.batches,
      batches > 0 ? rows / batches : 0.0);
  if (params.playout_doubling_advantage != 0) {
    text += fmt::format("PlayoutDoublingAdvantage: {:g}\n", params.playout_doubling_advantage);
  }
  text += fmt::format("PV:{}\nTree:\n", vertex_list(top.pv, board));
  text += tree_text(root, view.perspective, player, board, kMoves);
  if (chosen_branch != nullptr) {
    text += "Below the chosen move:\n";
    text += tree_text(*chosen_branch, view.perspective, player, board, kMoves);
  }
  return text;
}

}  // namespace hayago::gtp
