// Mirror go: is the opponent copying our moves, and how bad would that be (spec/05 section 14)?
#pragma once
#include "search/board/game_state.h"

namespace hayago::search {

struct MirrorInfo {
  bool active = false;              // antiMirror, and the opponent of the root player mirrors
  Player mirrorer = Color::kEmpty;  // that opponent
  double advantage = 0;             // of the mirrorer if all goes on like this, in points
  double center_error = 1e10;       // how far the middle of the root board is from symmetric
  Loc center = kNullLoc;            // only if both dimensions are odd
  bool root_center_taken = false;   // by the mirrorer
};

// Reflection through the middle of the board; pass stays.
Loc mirror_loc(const Board& board, Loc l);
MirrorInfo detect_mirror(const GameState& root, bool anti_mirror);
// All moves of the second player since move number `root_moves` copy their predecessor, the last
// `skip` moves aside.
bool mirrored_since(const GameState& state, std::size_t root_moves, std::size_t skip);
// The mirrorer holds the centre of this board and would profit.
bool is_mirror_difficult(const MirrorInfo& mirror, const Board& board);
// Squared distance from the centre point; the centre must exist.
int center_distance_sq(const MirrorInfo& mirror, const Board& board, Loc l);

}  // namespace hayago::search
