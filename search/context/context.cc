#include "search/context/context.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace hayago::search {

void prepare_context(SearchContext& c) {
  const Board& board = c.root_state.board();
  c.root_player = c.root_state.next_player();
  const int nn_x = c.net->config().nn_x, nn_y = c.net->config().nn_y;
  c.policy_size = nn_x * nn_y + 1;
  c.loc_of_pos.assign(static_cast<std::size_t>(c.policy_size), kNullLoc);
  c.pos_of_loc.fill(-1);
  const auto connect = [&c](int pos, Loc l) {
    c.loc_of_pos[static_cast<std::size_t>(pos)] = l;
    c.pos_of_loc[static_cast<std::size_t>(l)] = static_cast<std::int16_t>(pos);
  };
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) connect(y * nn_x + x, board.loc(x, y));
  }
  connect(nn_x * nn_y, kPassLoc);

  c.utility_radius = c.params.utility_radius();
  c.root_area = board.x_size() == board.y_size() ? board.x_size()
                                                 : std::sqrt(static_cast<double>(board.area()));
  c.use_uncertainty = c.params.use_uncertainty && c.net->info().has_shortterm_errors();
  c.mirror = detect_mirror(c.root_state, c.params.anti_mirror);
  AreaOptions options;
  options.suicide_legal = c.root_state.area_suicide_flag();
  calculate_area(board, options, c.safe_area);
}

NnInputParams eval_params(const SearchContext& c, const GameState& state, bool is_root) {
  const SearchParams& p = c.params;
  NnInputParams out;
  out.draw_equivalent_wins_for_white = p.draw_equivalent_wins_for_white;
  out.conservative_pass_and_is_root = p.conservative_pass && is_root;
  out.enable_passing_hacks = p.enable_passing_hacks;
  out.policy_temperature = p.nn_policy_temperature;
  out.policy_optimism = static_cast<float>(is_root ? p.root_policy_optimism : p.policy_optimism);
  if (p.playout_doubling_advantage != 0) {
    const Player favoured = p.playout_doubling_advantage_pla != Color::kEmpty
                                ? p.playout_doubling_advantage_pla
                                : c.searched_for;
    out.playout_doubling_advantage = opponent(state.next_player()) == favoured
                                         ? -p.playout_doubling_advantage
                                         : p.playout_doubling_advantage;
  }
  if (p.ignore_all_history) {
    out.max_history = 0;
  } else if (p.ignore_pre_root_history) {
    out.max_history = c.depth(state);
  }
  return out;
}

namespace {

struct WinLoss {
  float win, loss;
};

// When the centre decides a mirror game, who owns it decides the game.
WinLoss shifted_result(const SearchContext& c, const NetValues& values, double center_owner) {
  const double win = values.white_win, loss = values.white_loss;
  const double sum = win + loss;
  const double limit = 1 - 1e-15;
  const double before = std::clamp((win - loss) / (sum + 1e-10), -limit, limit);
  const double gain = c.mirror.center_error <= 0 ? 0.7 : 0.3;
  const double after = std::tanh(std::atanh(before) + gain * center_owner);
  return {static_cast<float>(0.5 * sum * (1 + after)), static_cast<float>(0.5 * sum * (1 - after))};
}

}  // namespace

bool evaluates_center(const SearchContext& c, const GameState& state) {
  return c.mirror.active && is_mirror_difficult(c.mirror, state.board()) &&
         mirrored_since(state, c.root_state.moves().size(), 4);
}

EvaluationRef shift_by_center(const SearchContext& c, const Evaluation& evaluation) {
  const auto [win, loss] =
      shifted_result(c, evaluation, evaluation.ownership(c.pos(c.mirror.center)));
  return evaluation.with_result(win, loss);
}

Evaluator::Request leaf_request(const SearchContext& c, const GameState& state, bool is_root) {
  Evaluator::Request request;
  request.state = &state;
  request.params = eval_params(c, state, is_root);
  request.want_ownership = is_root || c.include_ownership || evaluates_center(c, state);
  if (c.human_profile) request.params.human_profile = &*c.human_profile;
  return request;
}

NetOutputPtr evaluate_root(const SearchContext& c, EvalThread& thread, bool average) {
  Evaluator::Request request;
  request.state = &c.root_state;
  request.params = eval_params(c, c.root_state, true);
  request.want_ownership = true;
  if (average) request.symmetries_to_average = c.params.root_num_symmetries_to_sample;
  if (c.human_profile) request.params.human_profile = &*c.human_profile;
  const NetOutputPtr output = c.net->evaluate(thread, request);
  if (!evaluates_center(c, c.root_state)) return output;
  auto shifted = std::make_shared<NetOutput>(*output);
  const auto center = static_cast<std::size_t>(c.pos(c.mirror.center));
  const auto [win, loss] = shifted_result(c, *output, output->ownership[center]);
  shifted->white_win = win;
  shifted->white_loss = loss;
  return shifted;
}

EvaluationRef root_evaluation(const SearchContext& c) {
  return Evaluation::make_full(c.root_output, c.net->account());
}

EvaluationRef root_human_evaluation(const SearchContext& c) {
  if (c.root_human_output == nullptr) return {};
  return Evaluation::make_full(c.root_human_output, c.net->account());
}

NetOutputPtr evaluate_human(const SearchContext& c, EvalThread* thread, const GameState& state,
                            bool is_root) {
  if (c.human_net == nullptr || thread == nullptr) return nullptr;
  Evaluator::Request request;
  request.state = &state;
  request.params = eval_params(c, state, is_root);
  request.params.policy_optimism = 0;
  if (c.human_profile) request.params.human_profile = &*c.human_profile;
  return c.human_net->evaluate(*thread, request);
}

}  // namespace hayago::search
