#include "gtp/play/refusal.h"

#include <fmt/format.h>

namespace hayago::gtp {

std::string why_illegal(const search::GameState& state, search::Loc move) {
  const search::Board& board = state.board();
  const search::Player player = state.next_player();
  if (state.is_legal(move, player)) return "";
  const std::string point = search::loc_to_string(move, board);
  if (board.at(move) != search::Color::kEmpty) {
    return fmt::format("There is a stone on {} already.", point);
  }
  if (move == board.ko_loc()) {
    return fmt::format("Ko: {} takes back at once; play elsewhere first.", point);
  }
  if (board.is_illegal_suicide(move, player, state.rules().suicide)) {
    return fmt::format("A stone on {} would have no liberties, and the rules forbid suicide.",
                       point);
  }
  if (state.superko_banned(move)) {
    return fmt::format("Superko: {} would bring back an earlier position.", point);
  }
  return fmt::format("The rules do not allow {} now.", point);
}

}  // namespace hayago::gtp
