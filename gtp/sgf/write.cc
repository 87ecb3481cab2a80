#include <fmt/format.h>

#include "gtp/sgf/sgf.h"

namespace hayago::gtp {

using search::Board;
using search::Color;
using search::GameState;
using search::Loc;
using search::Move;

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ']' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string point(Loc loc, const Board& board) {
  if (loc == search::kPassLoc) return {};
  const auto letter = [](int n) { return static_cast<char>(n < 26 ? 'a' + n : 'A' + n - 26); };
  return {letter(board.x_of(loc)), letter(board.y_of(loc))};
}

std::string score_text(const GameState& state, const SgfWriteInfo& info) {
  if (info.result_overrides) return info.result;
  if (state.is_no_result()) return "Void";
  if (state.is_resignation()) return state.winner() == Color::kBlack ? "B+R" : "W+R";
  const float score = state.final_score();
  if (score == 0) return "0";
  return fmt::format("{}+{:g}", score > 0 ? 'W' : 'B', score > 0 ? score : -score);
}

std::string stones(const Board& board, Color color, std::string_view property) {
  std::string out;
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc loc = board.loc(x, y);
      if (board.at(loc) == color) out += fmt::format("[{}]", point(loc, board));
    }
  }
  return out.empty() ? out : std::string(property) + out;
}

std::string header(const GameState& state, const SgfWriteInfo& info) {
  const Board& board = state.initial_board();
  std::string out = fmt::format("FF[4]GM[1]SZ[{}", board.x_size());
  if (board.x_size() != board.y_size()) out += fmt::format(":{}", board.y_size());
  // A declared encoding would change the form of spec/07 section 15.2; only names need it.
  if (!info.black_name.empty() || !info.white_name.empty()) out += "]CA[UTF-8";
  out += fmt::format("]PB[{}]PW[{}]HA[{}]KM[{:g}]RU[{}]", escaped(info.black_name),
                     escaped(info.white_name), state.num_handicap_stones(), state.rules().komi,
                     search::rules_nice_name(state.rules()));
  if (state.is_finished()) {
    out += "RE[" + score_text(state, info) + "]";
  } else if (!info.result.empty()) {
    out += "RE[" + escaped(info.result) + "]";
  }
  for (const auto& [name, value] : info.root_properties) {
    out += fmt::format("{}[{}]", name, escaped(value));
  }
  return out + stones(board, Color::kBlack, "AB") + stones(board, Color::kWhite, "AW");
}

// Per move: was it a ko-threat pass of the cleanup phases (spec/03 section 10.2)?
std::vector<bool> passes_for_ko(const GameState& state) {
  std::vector<bool> out(state.moves().size(), false);
  if (state.phase() == 0 && state.initial_phase() == 0) return out;
  GameState replay(state.initial_board(), state.initial_player(), state.rules(),
                   state.initial_phase());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Move move = state.moves()[i];
    out[i] = replay.is_pass_for_ko(move.loc, move.player);
    replay.make_move(move.loc, move.player, state.prevent_flags()[i]);
  }
  return out;
}

}  // namespace

std::string write_sgf(const GameState& state, const SgfWriteInfo& info) {
  const Board& board = state.initial_board();
  std::string out = "(;" + header(state, info);
  const std::vector<Move>& moves = state.moves();
  if (moves.empty() && state.initial_player() == Color::kWhite) out += "PL[W]";
  const std::vector<bool> for_ko = passes_for_ko(state);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const std::string at = point(moves[i].loc, board);
    out += fmt::format(";{}[{}]", search::player_letter(moves[i].player), for_ko[i] ? "" : at);
    std::string comment = i < info.comments.size() ? info.comments[i] : std::string();
    if (for_ko[i]) {
      out += "TR[" + at + "]";
      comment = "Pass for ko" + (comment.empty() ? "" : "\n" + comment);
    }
    if (i + 1 == moves.size() && state.is_finished()) {
      comment += (comment.empty() ? "result=" : "\nresult=") + score_text(state, info);
    }
    if (!comment.empty()) out += "C[" + escaped(comment) + "]";
  }
  return out + ")";
}

}  // namespace hayago::gtp
