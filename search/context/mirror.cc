#include "search/context/mirror.h"

#include <cstdlib>

namespace hayago::search {
namespace {

bool is_mirroring(const GameState& root, Player player) {
  const auto& moves = root.moves();
  double total = 0, mirrors = 0, recent_total = 0, recent_mirrors = 0;
  bool last_is_mirror = false;
  for (std::size_t i = 1; i < moves.size(); ++i) {
    if (moves[i].player != player) continue;
    last_is_mirror = moves[i].loc == mirror_loc(root.board(), moves[i - 1].loc);
    total += 1;
    mirrors += last_is_mirror ? 1 : 0;
    recent_total = (recent_total + 1) * 0.75;
    recent_mirrors = (recent_mirrors + (last_is_mirror ? 1 : 0)) * 0.75;
  }
  return last_is_mirror && mirrors >= 7 + 0.5 * total && recent_mirrors >= 0.45 * recent_total;
}

// Points that a symmetric position gives to Black.
double extra_for_black(const GameState& root) {
  const Board& board = root.board();
  const int handicap = root.num_handicap_stones();
  const bool area = root.rules().scoring == ScoringRule::kArea;
  const bool both_odd = board.x_size() % 2 == 1 && board.y_size() % 2 == 1;
  double extra = 0;
  if (area && handicap > 0) extra += handicap - 1;
  if (area && both_odd == (handicap == 0 || handicap % 2 == 1)) extra += 1;
  if (handicap > 0 && root.rules().white_handicap_bonus == HandicapBonus::kN) extra -= handicap;
  if (handicap > 0 && root.rules().white_handicap_bonus == HandicapBonus::kNMinusOne) {
    extra -= handicap - 1;
  }
  return extra;
}

double center_symmetry_error(const Board& board, Player mirrorer) {
  if (board.x_size() < 7 || board.y_size() < 7) return 1e10;
  double error = 0;
  int lone = 0;
  const int x0 = board.x_size() / 2, y0 = board.y_size() / 2;
  for (int y = y0 - 3; y <= y0 + 3; ++y) {
    for (int x = x0 - 3; x <= x0 + 3; ++x) {
      const Loc l = board.loc(x, y);
      const Loc image = mirror_loc(board, l);
      if (image == l) continue;
      if (board.at(l) == opponent(mirrorer) && board.at(image) != mirrorer) error += 1;
      if (board.at(l) == mirrorer && board.at(image) == Color::kEmpty) ++lone;
    }
  }
  if (error > 0) error += 0.2 * lone;
  if (error >= 1) error = 0.5 * error * (1 + error);
  return error;
}

}  // namespace

Loc mirror_loc(const Board& board, Loc l) {
  if (l == kPassLoc || l == kNullLoc) return l;
  return board.loc(board.x_size() - 1 - board.x_of(l), board.y_size() - 1 - board.y_of(l));
}

MirrorInfo detect_mirror(const GameState& root, bool anti_mirror) {
  MirrorInfo out;
  const Player other = opponent(root.next_player());
  if (!anti_mirror || !is_mirroring(root, other)) return out;
  const Board& board = root.board();
  out.active = true;
  out.mirrorer = other;
  const double lead = extra_for_black(root) - root.rules().komi;
  out.advantage = other == Color::kBlack ? lead : -lead;
  out.center_error = center_symmetry_error(board, other);
  if (board.x_size() % 2 == 1 && board.y_size() % 2 == 1) {
    out.center = board.loc(board.x_size() / 2, board.y_size() / 2);
    out.root_center_taken = board.at(out.center) == other;
  }
  return out;
}

bool mirrored_since(const GameState& state, std::size_t root_moves, std::size_t skip) {
  const auto& moves = state.moves();
  for (std::size_t i = root_moves + 1; i + skip < moves.size(); i += 2) {
    if (moves[i].loc != mirror_loc(state.board(), moves[i - 1].loc)) return false;
  }
  return true;
}

bool is_mirror_difficult(const MirrorInfo& mirror, const Board& board) {
  return mirror.center != kNullLoc && board.at(mirror.center) == mirror.mirrorer &&
         mirror.advantage >= -0.5;
}

int center_distance_sq(const MirrorInfo& mirror, const Board& board, Loc l) {
  const int dx = board.x_of(l) - board.x_of(mirror.center);
  const int dy = board.y_of(l) - board.y_of(mirror.center);
  return dx * dx + dy * dy;
}

}  // namespace hayago::search
