#include "gtp/json/response.h"

#include <algorithm>
#include <cmath>

namespace hayago::gtp {

using nlohmann::json;
using search::Board;
using search::Color;
using search::Loc;
using search::MoveReport;
using search::NetOutput;
using search::RootReport;

namespace {

// White's values as the reader wants them.
struct View {
  bool flipped = false;
  double value(double white) const { return round_significant(flipped ? -white : white); }
  double winrate(double white_win_loss) const {
    const double white = 0.5 * (1.0 + std::clamp(white_win_loss, -1.0, 1.0));
    return round_significant(flipped ? 1.0 - white : white);
  }
};

json ownership_array(const std::vector<double>& white, bool flip) {
  json out = json::array();
  for (const double x : white) out.push_back(std::round((flip ? -x : x) * 1e6) / 1e6 + 0.0);
  return out;
}

json vertices(const std::vector<Loc>& locs, const Board& board) {
  json out = json::array();
  for (const Loc loc : locs) out.push_back(search::loc_to_string(loc, board));
  return out;
}

json move_info(const AnalysisQuery& query, const MoveReport& move, const RootReport& root,
               const Board& board, View view) {
  const search::SearchParams& params = query.params;
  const double to_winrate =
      0.5 * params.win_loss_utility_factor / (params.utility_radius() + 1e-20);
  // The bound lies on the bad side of the player to move.
  const double white_radius =
      (root.to_move == Color::kWhite ? -1 : 1) * move.lcb_radius * to_winrate;
  const double white_lcb = 0.5 * (1.0 + move.win_loss) + white_radius;
  const double white_lcb_utility =
      root.to_move == Color::kWhite ? move.lcb_utility : -move.lcb_utility;

  json out{
      {"move", search::loc_to_string(move.move, board)},
      {"order", move.order},
      {"visits", move.visits},
      {"edgeVisits", move.edge_visits},
      {"weight", round_significant(move.weight)},
      {"edgeWeight", round_significant(move.edge_weight)},
      {"utility", view.value(move.utility)},
      {"winrate", view.winrate(move.win_loss)},
      {"scoreLead", view.value(move.lead)},
      {"scoreMean", view.value(move.lead)},
      {"scoreSelfplay", view.value(move.score_mean)},
      {"scoreStdev", round_significant(move.score_stdev)},
      {"prior", round_significant(move.prior)},
      {"lcb", round_significant(view.flipped ? 1.0 - white_lcb : white_lcb)},
      {"utilityLcb", view.value(white_lcb_utility)},
      {"playSelectionValue", round_significant(move.play_selection_value)},
      {"pv", vertices(move.pv, board)},
  };
  if (root.human_raw) out["humanPrior"] = round_significant(std::max(0.0, move.human_prior));
  if (query.include_no_result_value) out["noResultValue"] = round_significant(move.no_result);
  if (move.symmetry_of != search::kNullLoc) {
    out["isSymmetryOf"] = search::loc_to_string(move.symmetry_of, board);
  }
  if (query.include_pv_visits) {
    out["pvVisits"] = move.pv_visits;
    out["pvEdgeVisits"] = move.pv_edge_visits;
  }
  if (query.report.moves_ownership)
    out["ownership"] = ownership_array(move.ownership, view.flipped);
  if (query.report.moves_ownership_stdev) {
    out["ownershipStdev"] = ownership_array(move.ownership_stdev, false);
  }
  return out;
}

double score_stdev(const NetOutput& net) {
  const double mean = net.white_score_mean;
  return std::sqrt(std::max(0.0, net.white_score_mean_sq - mean * mean));
}

json root_info(const RootReport& root, View view) {
  json out{
      {"visits", root.visits},
      {"weight", root.weight},
      {"winrate", view.winrate(root.win_loss)},
      {"scoreLead", view.value(root.lead)},
      {"scoreSelfplay", view.value(root.score_mean)},
      {"scoreStdev", round_significant(root.score_stdev)},
      {"utility", view.value(root.utility)},
      {"currentPlayer", std::string(search::player_letter(root.to_move))},
      {"thisHash", search::to_hex(root.this_hash)},
      {"symHash", search::to_hex(root.sym_hash)},
  };
  if (root.raw) {
    const NetOutput& net = *root.raw;
    out["rawWinrate"] = view.winrate(static_cast<double>(net.white_win) - net.white_loss);
    out["rawLead"] = view.value(net.white_lead);
    out["rawScoreSelfplay"] = view.value(net.white_score_mean);
    out["rawScoreSelfplayStdev"] = round_significant(score_stdev(net));
    out["rawNoResultProb"] = round_significant(net.white_no_result);
    out["rawStWrError"] = round_significant(0.5 * net.shortterm_winloss_error);
    out["rawStScoreError"] = round_significant(net.shortterm_score_error);
    out["rawVarTimeLeft"] = round_significant(net.var_time_left);
  }
  if (root.human_raw) {
    const NetOutput& net = *root.human_raw;
    out["humanWinrate"] = view.winrate(static_cast<double>(net.white_win) - net.white_loss);
    out["humanScoreMean"] = view.value(net.white_score_mean);
    out["humanScoreStdev"] = round_significant(score_stdev(net));
    out["humanStWrError"] = round_significant(0.5 * net.shortterm_winloss_error);
    out["humanStScoreError"] = round_significant(net.shortterm_score_error);
  }
  return out;
}

// The buffer of the network may be larger than the board.
json policy_array(const NetOutput& net, const Board& board) {
  json out = json::array();
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      out.push_back(round_significant(net.policy[static_cast<std::size_t>(y * net.width + x)]));
    }
  }
  out.push_back(round_significant(net.policy.back()));
  return out;
}

}  // namespace

double round_significant(double x) {
  constexpr int kDigits = 9;
  const double magnitude = std::fabs(x);
  if (magnitude <= 1e-60) return x + 0.0;
  const int power = kDigits - 1 - static_cast<int>(std::floor(std::log10(magnitude)));
  if (power <= 0) return std::round(x);
  const double scale = std::pow(10.0, power);
  return std::round(x * scale) / scale;
}

json result_response(const AnalysisQuery& query, int turn, bool during_search,
                     const search::GameState& state, const search::SearchReport& report) {
  const Board& board = state.board();
  const View view{flips_values(query.perspective, report.root.to_move)};
  json moves = json::array();
  for (const MoveReport& move : report.moves) {
    moves.push_back(move_info(query, move, report.root, board, view));
  }
  json out{
      {"id", query.id},
      {"turnNumber", turn},
      {"isDuringSearch", during_search},
      {"moveInfos", std::move(moves)},
      {"rootInfo", root_info(report.root, view)},
  };
  if (query.include_policy && report.root.raw) {
    out["policy"] = policy_array(*report.root.raw, board);
    if (report.root.human_raw) out["humanPolicy"] = policy_array(*report.root.human_raw, board);
  }
  if (query.report.ownership) out["ownership"] = ownership_array(report.ownership, view.flipped);
  if (query.report.ownership_stdev) {
    out["ownershipStdev"] = ownership_array(report.ownership_stdev, false);
  }
  return out;
}

json no_results_response(const std::string& id, int turn) {
  return {{"id", id}, {"isDuringSearch", false}, {"noResults", true}, {"turnNumber", turn}};
}

std::string to_line(const json& response) {
  return response.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hayago::gtp
