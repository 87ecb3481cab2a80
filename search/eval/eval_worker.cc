#include "search/eval/eval_worker.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "search/features/metadata.h"

namespace hayago::search {

EvalJob::EvalJob(std::unique_ptr<EvalBuffers> buffers) : buffers_(std::move(buffers)) {
  buffers_->job = this;
}
EvalJob::~EvalJob() = default;

EvalBuffers::EvalBuffers(const nn::NetInfo& info, int width, int height) {
  const auto points = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const auto policies = static_cast<std::size_t>(info.policy_channels);
  planes.resize(points);
  global.resize(static_cast<std::size_t>(info.c_global));
  meta.resize(static_cast<std::size_t>(info.c_meta));
  policy.resize(points * policies);
  pass.resize(policies);
  value.resize(3);
  score.resize(static_cast<std::size_t>(info.score_channels));
  ownership.resize(points);
  legal.resize(points + 1);
}

EvalWorker::EvalWorker(const nn::NetInfo& info, const EvaluatorConfig& config,
                       std::unique_ptr<nn::ExecContext> context, LadderCache& ladders,
                       std::uint64_t seed)
    : info_(info),
      width_(config.nn_x),
      height_(config.nn_y),
      randomize_(config.randomize),
      forced_symmetry_(config.forced_symmetry),
      context_(std::move(context)),
      ladders_(ladders),
      random_state_(seed),
      own_job_(std::make_unique<EvalBuffers>(info, width_, height_)) {
  planes_.resize(own_job_.buffers().planes.size());
  board_policy_.resize(own_job_.buffers().policy.size());
  board_ownership_.resize(own_job_.buffers().ownership.size());
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

void EvalWorker::load_position(const GameState& state, const NnInputParams& params,
                               EvalBuffers& buffers) {
  fill_features(info_.input_version, state, params, width_, height_, planes_.data(),
                buffers.global.data(), &ladders_);
  if (params.human_profile != nullptr) {
    fill_metadata(*params.human_profile, state.next_player(), state.board().area(),
                  buffers.meta.data());
  }
  fill_legality(state, buffers);
  const Rules& rules = state.rules();
  nn::PositionFacts& facts = buffers.facts;
  facts.board_width = state.board().x_size();
  facts.board_height = state.board().y_size();
  facts.white_to_move = state.next_player() == Color::kWhite;
  facts.no_result_possible =
      rules.ko == KoRule::kSimple || rules.scoring == ScoringRule::kTerritory;
  facts.legal = buffers.legal;
  facts.policy_temperature = params.policy_temperature;
  facts.policy_optimism = params.policy_optimism;
  facts.cap_pass = params.enable_passing_hacks;
}

void EvalWorker::fill_legality(const GameState& state, EvalBuffers& buffers) {
  const Board& board = state.board();
  const Player player = state.next_player();
  std::fill(buffers.legal.begin(), buffers.legal.end(), std::uint8_t{0});
  state.legal_points(player).for_each([&](Loc l) {
    buffers.legal[static_cast<std::size_t>(board.y_of(l) * width_ + board.x_of(l))] = 1;
  });
  buffers.legal.back() = state.is_legal(kPassLoc, player);
}

void EvalWorker::orient(int symmetry, bool want_ownership, EvalBuffers& buffers) {
  nn::apply_symmetry(planes_.data(), width_, height_, symmetry, buffers.planes.data());
  buffers.symmetry = symmetry;
  buffers.want_ownership = want_ownership;
  buffers.input = {.spatial = nullptr,
                   .global = buffers.global.data(),
                   .meta = info_.c_meta > 0 ? buffers.meta.data() : nullptr,
                   .planes = buffers.planes.data()};
  buffers.output = {.policy = buffers.policy.data(),
                    .pass = buffers.pass.data(),
                    .value = buffers.value.data(),
                    .score = buffers.score.data(),
                    .ownership = want_ownership ? buffers.ownership.data() : nullptr};
}

const nn::NetOutput& EvalWorker::finish(EvalBuffers& buffers) {
  const auto points = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  for (std::size_t c = 0; c < static_cast<std::size_t>(info_.policy_channels); ++c) {
    nn::undo_symmetry(buffers.policy.data() + c * points, width_, height_, buffers.symmetry,
                      board_policy_.data() + c * points);
  }
  if (buffers.want_ownership) {
    nn::undo_symmetry(buffers.ownership.data(), width_, height_, buffers.symmetry,
                      board_ownership_.data());
  }
  const nn::RawOutput raw{.policy = board_policy_.data(),
                          .pass = buffers.pass.data(),
                          .value = buffers.value.data(),
                          .score = buffers.score.data(),
                          .ownership = buffers.want_ownership ? board_ownership_.data() : nullptr};
  nn::postprocess(info_, raw, width_, height_, buffers.facts, output_);
  return output_;
}

}  // namespace hayago::search
