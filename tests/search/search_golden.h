// Runs searches of golden/search.jsonl.gz and compares them with the recorded results.
#pragma once
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/exec/executor.h"
#include "nn/model/load.h"
#include "search/engine.h"
#include "tests/support/shared_data.h"

namespace hayago::test {

using nlohmann::json;

inline std::string setting_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Position of a query (spec/08 section 2.2).
inline search::GameState golden_position(const json& query) {
  using namespace search;
  Board board(query.at("boardXSize"), query.at("boardYSize"));
  std::vector<Placement> stones;
  for (const json& stone : query.value("initialStones", json::array())) {
    stones.push_back({*parse_loc(stone.at(1).get<std::string>(), board),
                      *parse_player(stone.at(0).get<std::string>())});
  }
  board.set_stones_tolerant(stones);
  Rules rules = *parse_rules(setting_text(query.at("rules"))).value;
  rules.komi = query.at("komi");
  const json moves = query.at("moves");
  Player player = Color::kBlack;
  if (query.contains("initialPlayer")) {
    player = *parse_player(query.at("initialPlayer").get<std::string>());
  } else if (!moves.empty()) {
    player = *parse_player(moves.at(0).at(0).get<std::string>());
  }
  GameState state(board, player, rules);
  state.set_assume_handicap_from_moves(true);
  for (const json& move : moves) {
    const Player mover = *parse_player(move.at(0).get<std::string>());
    if (mover != state.next_player()) state.restart_with_player(mover);
    const Loc loc = *parse_loc(move.at(1).get<std::string>(), state.board());
    if (!state.is_legal_tolerant(loc, mover)) throw std::runtime_error("illegal golden move");
    state.make_move(loc, mover, true);
  }
  return state;
}

inline search::SearchParams golden_params(const json& line) {
  search::SearchParams params = search::analysis_defaults();
  params.wide_root_noise = 0;
  params.num_search_threads = 1;
  params.max_visits = line.at("query").at("maxVisits");
  std::set<std::string, std::less<>> given;
  const json settings = line.at("query").value("overrideSettings", json::object());
  for (const auto& [key, value] : settings.items()) {
    given.insert(key);
    const std::string error = search::set_param(params, key, setting_text(value));
    if (!error.empty()) throw std::runtime_error(key + " " + error);
  }
  search::apply_derived_defaults(
      params, [&given](std::string_view key) { return given.find(key) != given.end(); });
  return params;
}

// One evaluator per network, as the golden data was made: symmetry 0, 19x19 buffers.
class GoldenNets {
 public:
  // Null if the file is absent.
  search::Evaluator* get(const std::string& model) {
    auto& evaluator = evaluators_[model];
    if (evaluator == nullptr) {
      const auto path = shared_file("models/" + model);
      if (!path) return nullptr;
      search::EvaluatorConfig config;
      config.randomize = false;
      config.forced_symmetry = 0;
      config.cache_size_power_of_two = 18;
      evaluator =
          std::make_unique<search::Evaluator>(nn::make_cpu_executor(nn::load_model(*path)), config);
    }
    return evaluator.get();
  }

 private:
  std::map<std::string, std::unique_ptr<search::Evaluator>> evaluators_;
};

struct SetResult {
  int lines = 0, exact = 0, same_best = 0;
  double variation = 0;  // sum over lines of the total variation of edge visits
  double worst_variation = 0;
  double worst_winrate = 0, worst_lead = 0;  // of the root
  int close = 0;                 // lines with equal visits whose values all agree within 0.01
  double worst_exact_value = 0;  // largest difference of a value in lines with equal visits
  std::string differing;         // ids of lines with other visits

  double mean_variation() const { return lines == 0 ? 0 : variation / lines; }
  double exact_share() const { return lines == 0 ? 1 : static_cast<double>(exact) / lines; }
  double same_best_share() const { return lines == 0 ? 1 : static_cast<double>(same_best) / lines; }
  void add(const SetResult& o) {
    lines += o.lines;
    exact += o.exact;
    same_best += o.same_best;
    variation += o.variation;
    worst_variation = std::max(worst_variation, o.worst_variation);
    worst_winrate = std::max(worst_winrate, o.worst_winrate);
    worst_lead = std::max(worst_lead, o.worst_lead);
    close += o.close;
    worst_exact_value = std::max(worst_exact_value, o.worst_exact_value);
    differing += o.differing;
  }
};

inline void print_set(const std::string& name, const SetResult& r) {
  std::printf(
      "%-34s lines %4d  exact %4d  same best %4d  TV mean %.5f worst %.4f  "
      "winrate %.1e  lead %.1e  values %.1e%s\n",
      name.c_str(), r.lines, r.exact, r.same_best, r.mean_variation(), r.worst_variation,
      r.worst_winrate, r.worst_lead, r.worst_exact_value, r.differing.c_str());
  std::fflush(stdout);
}

// Compares a report with `moveInfos` and `rootInfo` (perspective Black).
inline void compare_response(const json& response, const search::SearchReport& report,
                             const search::Board& board, const std::string& id, SetResult& out) {
  struct Counts {
    std::int64_t visits = 0, edge_visits = 0;
    int order = -1;
    bool operator==(const Counts&) const = default;
  };
  std::map<std::string, Counts> want, got;
  double want_total = 0, got_total = 0;
  for (const json& m : response.at("moveInfos")) {
    if (m.contains("isSymmetryOf")) continue;
    want[m.at("move")] = {m.at("visits"), m.at("edgeVisits"), m.at("order")};
    want_total += m.at("edgeVisits").get<double>();
  }
  std::map<std::string, const search::MoveReport*> by_move;
  for (const search::MoveReport& m : report.moves) {
    if (m.symmetry_of != search::kNullLoc) continue;
    const std::string move = search::loc_to_string(m.move, board);
    got[move] = {m.visits, m.edge_visits, m.order};
    by_move[move] = &m;
    got_total += static_cast<double>(m.edge_visits);
  }
  double variation = 0;
  std::set<std::string> moves;
  for (const auto& item : want) moves.insert(item.first);
  for (const auto& item : got) moves.insert(item.first);
  for (const std::string& move : moves) {
    variation +=
        0.5 * std::abs(static_cast<double>(want[move].edge_visits) / std::max(1.0, want_total) -
                       static_cast<double>(got[move].edge_visits) / std::max(1.0, got_total));
  }
  const bool exact = want == got;
  ++out.lines;
  out.exact += exact ? 1 : 0;
  out.variation += variation;
  out.worst_variation = std::max(out.worst_variation, variation);
  const auto best_of = [](const std::map<std::string, Counts>& list) {
    for (const auto& [move, counts] : list) {
      if (counts.order == 0) return move;
    }
    return std::string();
  };
  out.same_best += best_of(want) == best_of(got) ? 1 : 0;
  const json& root = response.at("rootInfo");
  const double winrate_error =
      std::abs(0.5 - 0.5 * report.root.win_loss - root.at("winrate").get<double>());
  const double lead_error = std::abs(-report.root.lead - root.at("scoreLead").get<double>());
  out.worst_winrate = std::max(out.worst_winrate, winrate_error);
  out.worst_lead = std::max(out.worst_lead, lead_error);
  if (!exact) {
    out.differing += " " + id;
    return;
  }
  double worst = std::max(winrate_error, lead_error);
  for (const json& m : response.at("moveInfos")) {
    if (m.contains("isSymmetryOf")) continue;
    const search::MoveReport& mine = *by_move.at(m.at("move"));
    const auto differ = [&](double value, const char* key) {
      worst = std::max(worst, std::abs(value - m.at(key).get<double>()));
    };
    differ(mine.play_selection_value, "playSelectionValue");
    differ(-mine.utility, "utility");
    differ(-mine.lead, "scoreLead");
    differ(-mine.score_mean, "scoreSelfplay");
    differ(mine.score_stdev, "scoreStdev");
    differ(mine.prior, "prior");
    differ(mine.edge_weight, "edgeWeight");
    differ(report.root.to_move == search::Color::kBlack ? mine.lcb_utility : -mine.lcb_utility,
           "utilityLcb");
    std::vector<std::string> pv;
    for (const search::Loc l : mine.pv) pv.push_back(search::loc_to_string(l, board));
    if (json(pv) != m.at("pv")) worst = std::max(worst, 1.0);
    if (json(mine.pv_edge_visits) != m.at("pvEdgeVisits")) worst = std::max(worst, 1.0);
  }
  out.close += worst <= 0.01 ? 1 : 0;
  out.worst_exact_value = std::max(out.worst_exact_value, worst);
}

// Fresh search as a golden query asks for it.
inline bool run_golden_query(GoldenNets& nets, const json& line, SetResult& out) {
  search::Evaluator* evaluator = nets.get(line.at("model"));
  if (evaluator == nullptr) return false;
  evaluator->clear_cache();
  const json& query = line.at("query");
  search::Engine engine(golden_params(line), evaluator, nullptr, "golden");
  engine.set_position(golden_position(query));
  const bool with_ownership = query.value("includeOwnership", false) ||
                              query.value("includeOwnershipStdev", false) ||
                              query.value("includeMovesOwnership", false);
  engine.set_always_include_ownership(with_ownership);
  engine.search({});
  search::SearchReport report;
  search::ReportOptions options;
  options.cut_pv_before_phase_end = true;
  if (!engine.report(options, report)) throw std::runtime_error("no report");
  compare_response(line.at("response"), report, engine.state().board(), query.at("id"), out);
  return true;
}

}  // namespace hayago::test
