// debug_moves: what the search thinks of a sequence of moves (spec/07 section 16.3).
#include <fmt/format.h>

#include <limits>
#include <optional>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"
#include "gtp/protocol/search_summary.h"
#include "gtp/protocol/tree_text.h"
#include "search/context/raw_request.h"
#include "search/features/metadata.h"

namespace hayago::gtp {
namespace {

using search::GameState;
using search::Loc;

struct Sequence {
  std::vector<Loc> moves;
  std::optional<GameState> before_last;  // where the last move is played
  std::optional<GameState> end;
  std::string error;
};

// Moves of alternating players from the current position.
Sequence follow(const GameState& start, const Words& words, bool prevent_phase) {
  Sequence out;
  out.end = start;
  for (const std::string& word : words) {
    const auto move = search::parse_loc(word, start.board());
    const search::Player player = out.end->next_player();
    const bool legal = move && out.end->is_legal_tolerant(*move, player);
    if (!legal) {
      out.error = fmt::format("invalid move sequence: move {} '{}' {}", out.moves.size() + 1, word,
                              move ? "is illegal there" : "is no point of this board nor 'pass'");
      return out;
    }
    out.before_last = *out.end;
    out.end->make_move(*move, player, prevent_phase);
    out.moves.push_back(*move);
  }
  return out;
}

// What the network says of a position in each of the eight symmetries.
std::vector<search::NetOutputPtr> all_symmetries(Session& session, const GameState& state) {
  search::Evaluator& evaluator = session.evaluator();
  const search::SearchParams& params = session.params().analysis();
  const auto profile = search::parse_human_profile(params.human_sl_profile);
  const auto thread = evaluator.make_thread(0);
  search::Evaluator::Request request =
      search::raw_request(params, state, 0, params.root_policy_optimism);
  request.params.human_profile = profile ? &*profile : nullptr;
  std::vector<search::NetOutputPtr> outputs;
  for (int symmetry = 0; symmetry < nn::kNumSymmetries; ++symmetry) {
    request.params.symmetry = symmetry;
    outputs.push_back(evaluator.evaluate(*thread, request));
  }
  return outputs;
}

std::string raw_statistics(Session& session, const Sequence& sequence) {
  std::string policy = "Policy: ", win_loss = "White winloss: ", lead = "White lead: ";
  if (!sequence.moves.empty()) {
    const search::Board& board = session.board();
    const Loc last = sequence.moves.back();
    for (const auto& net : all_symmetries(session, *sequence.before_last)) {
      const std::size_t index =
          last == search::kPassLoc
              ? net->policy.size() - 1
              : static_cast<std::size_t>(board.y_of(last) * net->width + board.x_of(last));
      policy += fmt::format("{:.2f}% ", 100 * net->policy[index]);
    }
  }
  for (const auto& net : all_symmetries(session, *sequence.end)) {
    win_loss += fmt::format("{:.2f}c ", 100 * (net->white_win - net->white_loss));
    lead += fmt::format("{:.2f} ", net->white_lead);
  }
  return policy + '\n' + win_loss + '\n' + lead;
}

}  // namespace

Reply cmd_debug_moves(Session& session, const Words& args) {
  Words vertices;
  bool raw = false;
  for (const std::string& word : args) {
    if (word == "rawstats") {
      raw = true;
    } else {
      vertices.push_back(word);
    }
  }
  const Sequence sequence =
      follow(session.state(), vertices, session.settings().prevent_cleanup_phase);
  if (!sequence.error.empty()) return Reply::error(sequence.error);
  std::string text = board_text(*sequence.end);
  search::BranchReport branch;
  if (session.engine().branch(sequence.moves, session.settings().pv_length, branch)) {
    text += tree_text(branch, session.settings().perspective, session.next_player(),
                      session.board(), std::numeric_limits<int>::max());
  }
  if (raw) text += raw_statistics(session, sequence);
  return Reply::ok(std::string(trim(text)));
}

}  // namespace hayago::gtp
