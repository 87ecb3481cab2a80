#include "gtp/accuracy/net_batch.h"

#include "search/features/features.h"

namespace hayago::gtp {
namespace {

using search::Color;
using search::GameState;

std::size_t count(int n) { return static_cast<std::size_t>(n); }

}  // namespace

NetBatch::NetBatch(const nn::NetInfo& net, int size, int batch)
    : net_(net),
      size_(size),
      spatial_(count(batch * size * size * net.c_spatial)),
      global_(count(batch * net.c_global)),
      floats_(count(batch) * output_floats()) {}

std::size_t NetBatch::output_floats() const {
  const int points = size_ * size_;
  return count(net_.policy_channels * (points + 1) + 3 + net_.score_channels + points);
}

void NetBatch::fill(std::span<const GameState> states) {
  const int points = size_ * size_;
  states_ = states;
  inputs_.clear();
  outputs_.clear();
  for (std::size_t i = 0; i < states.size(); ++i) {
    float* const spatial = spatial_.data() + i * count(points * net_.c_spatial);
    float* const global = global_.data() + i * count(net_.c_global);
    search::fill_features(net_.input_version, states[i], search::NnInputParams{}, size_, size_,
                          spatial, global);
    inputs_.push_back({spatial, global, nullptr});
    float* const at = floats_.data() + i * output_floats();
    float* const pass = at + net_.policy_channels * points;
    float* const value = pass + net_.policy_channels;
    outputs_.push_back({at, pass, value, value + 3, value + 3 + net_.score_channels});
  }
}

std::vector<nn::NetOutput> NetBatch::run(nn::ExecContext& context) {
  context.run(inputs_, outputs_);
  std::vector<nn::NetOutput> results;
  for (std::size_t i = 0; i < outputs_.size(); ++i) results.push_back(finish(i));
  return results;
}

nn::NetOutput NetBatch::finish(std::size_t i) const {
  const GameState& state = states_[i];
  const search::Board& board = state.board();
  std::vector<std::uint8_t> legal(count(size_ * size_), 0);
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const bool can = state.is_legal(board.loc(x, y), state.next_player());
      legal[count(y * size_ + x)] = can ? 1 : 0;
    }
  }
  legal.push_back(1);
  nn::PositionFacts facts;
  facts.board_width = board.x_size();
  facts.board_height = board.y_size();
  facts.white_to_move = state.next_player() == Color::kWhite;
  facts.no_result_possible = state.rules().ko == search::KoRule::kSimple ||
                             state.rules().scoring == search::ScoringRule::kTerritory;
  facts.legal = legal;
  return nn::postprocess(net_, outputs_[i], size_, size_, facts);
}

}  // namespace hayago::gtp
