#include "search/eval/eval_worker.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "search/features/metadata.h"

namespace hayago::search {

EvalWorker::EvalWorker(const nn::NetInfo& info, const EvaluatorConfig& config,
                       std::unique_ptr<nn::ExecContext> context, std::uint64_t seed)
    : info_(info),
      width_(config.nn_x),
      height_(config.nn_y),
      randomize_(config.randomize),
      forced_symmetry_(config.forced_symmetry),
      context_(std::move(context)),
      random_state_(seed) {
  const auto points = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  const auto policies = static_cast<std::size_t>(info.policy_channels);
  spatial_.resize(points * static_cast<std::size_t>(info.c_spatial));
  oriented_.resize(spatial_.size());
  global_.resize(static_cast<std::size_t>(info.c_global));
  meta_.resize(static_cast<std::size_t>(info.c_meta));
  policy_.resize(points * policies);
  board_policy_.resize(policy_.size());
  pass_.resize(policies);
  value_.resize(3);
  score_.resize(static_cast<std::size_t>(info.score_channels));
  ownership_.resize(points);
  board_ownership_.resize(points);
  legal_.resize(points + 1);
}

int EvalWorker::random_below(int bound) {
  random_state_ += 0x9E3779B97F4A7C15ULL;
  return static_cast<int>((mix64(random_state_) >> 33) % static_cast<std::uint64_t>(bound));
}

int EvalWorker::choose_symmetry(int wanted) {
  if (wanted >= 0) return wanted;
  if (forced_symmetry_ >= 0) return forced_symmetry_;
  return randomize_ ? random_below(nn::kNumSymmetries) : 0;
}

std::vector<int> EvalWorker::sample_symmetries(int count) {
  std::vector<int> order(nn::kNumSymmetries);
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, nn::kNumSymmetries);
  for (int i = 0; i < count; ++i) {
    const int j = i + random_below(nn::kNumSymmetries - i);
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
  }
  order.resize(static_cast<std::size_t>(count));
  return order;
}

nn::PositionInput EvalWorker::input(bool with_meta) const {
  return {.spatial = oriented_.data(),
          .global = global_.data(),
          .meta = with_meta ? meta_.data() : nullptr};
}

nn::RawOutput EvalWorker::raw_output(bool with_ownership) {
  return {.policy = policy_.data(),
          .pass = pass_.data(),
          .value = value_.data(),
          .score = score_.data(),
          .ownership = with_ownership ? ownership_.data() : nullptr};
}

void EvalWorker::load_position(const GameState& state, const NnInputParams& params) {
  fill_features(info_.input_version, state, params, width_, height_, spatial_.data(),
                global_.data());
  if (params.human_profile != nullptr) {
    fill_metadata(*params.human_profile, state.next_player(), state.board().area(), meta_.data());
  }
  fill_legality(state);
}

void EvalWorker::fill_legality(const GameState& state) {
  const Board& board = state.board();
  const Player player = state.next_player();
  std::fill(legal_.begin(), legal_.end(), std::uint8_t{0});
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      legal_[static_cast<std::size_t>(y * width_ + x)] = state.is_legal(board.loc(x, y), player);
    }
  }
  legal_.back() = state.is_legal(kPassLoc, player);
}

void EvalWorker::orient(int symmetry) {
  nn::apply_symmetry(spatial_.data(), width_, height_, info_.c_spatial, symmetry, oriented_.data());
}

std::shared_ptr<nn::NetOutput> EvalWorker::finish(const GameState& state,
                                                  const NnInputParams& params, int symmetry,
                                                  bool with_ownership) {
  const auto points = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  for (std::size_t c = 0; c < static_cast<std::size_t>(info_.policy_channels); ++c) {
    nn::undo_symmetry(policy_.data() + c * points, width_, height_, symmetry,
                      board_policy_.data() + c * points);
  }
  if (with_ownership) {
    nn::undo_symmetry(ownership_.data(), width_, height_, symmetry, board_ownership_.data());
  }
  const nn::RawOutput raw{.policy = board_policy_.data(),
                          .pass = pass_.data(),
                          .value = value_.data(),
                          .score = score_.data(),
                          .ownership = with_ownership ? board_ownership_.data() : nullptr};
  const Rules& rules = state.rules();
  nn::PositionFacts facts;
  facts.board_width = state.board().x_size();
  facts.board_height = state.board().y_size();
  facts.white_to_move = state.next_player() == Color::kWhite;
  facts.no_result_possible =
      rules.ko == KoRule::kSimple || rules.scoring == ScoringRule::kTerritory;
  facts.legal = legal_;
  facts.policy_temperature = params.policy_temperature;
  facts.policy_optimism = params.policy_optimism;
  facts.cap_pass = params.enable_passing_hacks;
  return std::make_shared<nn::NetOutput>(nn::postprocess(info_, raw, width_, height_, facts));
}

}  // namespace hayago::search
