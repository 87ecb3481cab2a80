#include "search/play/side_search.h"

#include <algorithm>
#include <stdexcept>

namespace hayago::search {
namespace {

// An engine that has searched `state` with these parameters.
std::unique_ptr<Engine> searched(const SideSearch& side, const SearchParams& params,
                                 const GameState& state, bool ownership) {
  auto engine = std::make_unique<Engine>(params, side.evaluator, side.human_evaluator, side.seed);
  engine->set_always_include_ownership(ownership);
  engine->set_position(state, side.initial_turn_number);
  engine->search(SearchLimits{});
  return engine;
}

[[noreturn]] void fail() {
  throw std::runtime_error("a search beside the game ended without evaluating its position");
}

}  // namespace

SearchParams noiseless_params(const SearchParams& params, std::int64_t visits) {
  SearchParams p = params;
  p.max_visits = p.max_playouts = visits;
  p.root_noise_enabled = false;
  p.wide_root_noise = 0;
  p.root_policy_temperature = p.root_policy_temperature_early = 1;
  p.root_fpu_reduction_max = p.fpu_reduction_max;
  p.root_fpu_loss_prop = p.fpu_loss_prop;
  p.root_desired_per_child_visits_coeff = 0;
  p.root_num_symmetries_to_sample = 1;
  p.search_factor_after_one_pass = p.search_factor_after_two_pass = 1;
  const std::int64_t threads = std::max<std::int64_t>(1, (visits + 7) / 8);
  p.num_search_threads = static_cast<int>(std::min<std::int64_t>(p.num_search_threads, threads));
  return p;
}

SearchParams scoring_params(const SearchParams& params) {
  SearchParams p = params;
  p.playout_doubling_advantage = 0;
  p.conservative_pass = true;
  p.human_sl_root_explore_prob_weightless = p.human_sl_root_explore_prob_weightful = 0;
  p.human_sl_pla_explore_prob_weightless = p.human_sl_pla_explore_prob_weightful = 0;
  p.human_sl_opp_explore_prob_weightless = p.human_sl_opp_explore_prob_weightful = 0;
  p.human_sl_chosen_move_prop = 0;
  p.anti_mirror = false;
  p.avoid_repeated_pattern_utility = 0;
  return p;
}

RootValues search_values(const SideSearch& side, const SearchParams& params,
                         const GameState& state) {
  const auto engine = searched(side, params, state, false);
  RootReport root;
  if (!engine->root_averages(root)) fail();
  return {.win_loss = root.win_loss,
          .score_mean = root.score_mean,
          .lead = root.lead,
          .utility = root.utility};
}

std::vector<double> search_ownership(const SideSearch& side, const SearchParams& params,
                                     const GameState& state) {
  const auto engine = searched(side, params, state, true);
  ReportOptions options;
  options.ownership = true;
  SearchReport report;
  if (!engine->report(options, report) || report.ownership.empty()) fail();
  return std::move(report.ownership);
}

}  // namespace hayago::search
