#include "gtp/report/game_report.h"

#include <algorithm>

namespace hayago::gtp {

using search::Color;

namespace {

constexpr std::size_t kWorstMoves = 5;

PlayerSummary summarise(const std::vector<MoveVerdict>& moves, search::Player player) {
  PlayerSummary out;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const MoveVerdict& move = moves[i];
    if (move.move.player != player) continue;
    ++out.moves;
    out.mean_points_lost += move.points_lost;
    out.mean_winrate_lost += move.winrate_lost;
    if (move.move.loc == move.before.best) ++out.best_moves;
    ++out.verdicts[static_cast<std::size_t>(move.verdict)];
    if (move.verdict != Verdict::kGood) out.worst.push_back(i);
  }
  if (out.moves > 0) {
    out.mean_points_lost /= out.moves;
    out.mean_winrate_lost /= out.moves;
  }
  std::stable_sort(out.worst.begin(), out.worst.end(), [&](std::size_t a, std::size_t b) {
    return moves[a].points_lost > moves[b].points_lost;
  });
  out.worst.resize(std::min(out.worst.size(), kWorstMoves));
  return out;
}

}  // namespace

Verdict judge(double points_lost, double winrate_lost) {
  const double chances = points_lost >= 1 ? winrate_lost : 0;
  if (points_lost >= 10 || chances >= 0.25) return Verdict::kBlunder;
  if (points_lost >= 5 || chances >= 0.12) return Verdict::kMistake;
  if (points_lost >= 2 || chances >= 0.05) return Verdict::kInaccuracy;
  return Verdict::kGood;
}

std::string verdict_mark(Verdict verdict) {
  return std::string(static_cast<std::size_t>(verdict), '?');
}

GameReport make_game_report(const search::Board& board, const std::vector<search::Move>& moves,
                            const std::vector<PositionValue>& values, int first_number) {
  GameReport out;
  out.board = board;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    MoveVerdict move;
    move.number = first_number + static_cast<int>(i);
    move.move = moves[i];
    move.before = values[i];
    move.after = values[i + 1];
    if (move.move.loc != move.before.best) {
      const double sign = move.move.player == Color::kBlack ? 1 : -1;
      // Negative differences are noise of the shallower look before the move.
      move.points_lost = std::max(0.0, sign * (move.before.black_lead - move.after.black_lead));
      move.winrate_lost =
          std::max(0.0, sign * (move.before.black_winrate - move.after.black_winrate));
    }
    move.verdict = judge(move.points_lost, move.winrate_lost);
    out.moves.push_back(std::move(move));
  }
  out.black = summarise(out.moves, Color::kBlack);
  out.white = summarise(out.moves, Color::kWhite);
  return out;
}

}  // namespace hayago::gtp
