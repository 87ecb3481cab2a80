#include "gtp/protocol/tree_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace hayago::gtp {
namespace {

using search::Board;
using search::BranchNode;
using search::Color;
using search::Loc;

// A move in a column of four; passes in three letters, as the reference abbreviates them here.
std::string column(Loc move, const Board& board) {
  return fmt::format("{:<4}",
                     move == search::kPassLoc ? "pss" : search::loc_to_string(move, board));
}

std::string node_line(const std::string& prefix, const BranchNode& node, double sign,
                      const Board& board) {
  std::string text = prefix + ": ";
  if (node.has_values) {
    text += fmt::format("T {:6.2f}c W {:6.2f}c S {:6.2f}c ({:+5.1f} L {:+5.1f}) ",
                        100 * sign * node.utility, 100 * sign * node.result_utility,
                        100 * sign * node.score_utility, sign * node.score_mean, sign * node.lead);
  }
  if (node.move != search::kNullLoc) {
    text += fmt::format("LCB {:7.2f}c P {:5.2f}% WF {:5.1f} PSV {:7.0f} ", 100 * node.lcb_utility,
                        100 * node.prior, node.weight, node.play_selection_value);
  }
  return text + fmt::format("N {:7}  -- {}\n", node.visits, vertex_list(node.pv, board));
}

}  // namespace

std::string vertex_list(const std::vector<Loc>& moves, const Board& board) {
  std::string text;
  for (const Loc move : moves) text += " " + search::loc_to_string(move, board);
  return text;
}

std::string tree_text(const search::BranchReport& branch, Perspective perspective,
                      search::Player root_player, const Board& board, int max_children) {
  const bool black = flips_values(perspective, root_player);
  const double sign = black ? -1 : 1;
  // Bounds come in the view of the player who makes the move; all columns of a line have one view.
  const auto shown = [&](BranchNode node, search::Player mover) {
    if ((mover == Color::kBlack) != black) node.lcb_utility = -node.lcb_utility;
    return node;
  };
  std::string text, prefix;
  search::Player mover = search::opponent(root_player);
  for (const BranchNode& node : branch.path) {
    if (node.move != search::kNullLoc) prefix += column(node.move, board);
    text += node_line(prefix, shown(node, mover), sign, board);
    mover = search::opponent(mover);
  }
  if (!branch.complete || branch.children.empty()) return text;
  const bool black_to_move = branch.to_move == Color::kBlack;
  text += fmt::format("---{}({})---\n", black_to_move ? "Black" : "White",
                      black == black_to_move ? '^' : 'v');
  int count = 0;
  for (const BranchNode& child : branch.children) {
    if (count++ >= max_children) break;
    text +=
        node_line(prefix + column(child.move, board), shown(child, branch.to_move), sign, board);
  }
  return text;
}

}  // namespace hayago::gtp
