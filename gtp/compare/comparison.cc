#include "gtp/compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "gtp/accuracy/net_batch.h"
#include "gtp/compare/parallel.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::GameState;
using search::Loc;

constexpr std::size_t kListedMoves = 4;  // of each network
constexpr int kLargestBatch = 16;

Loc loc_at(const Board& board, std::size_t index, const nn::NetOutput& output) {
  if (index + 1 == output.policy.size()) return search::kPassLoc;
  const int point = static_cast<int>(index);
  return board.loc(point % output.width, point / output.width);
}

std::vector<std::size_t> likeliest(const nn::NetOutput& output) {
  std::vector<std::size_t> moves;
  for (std::size_t i = 0; i < output.policy.size(); ++i) {
    if (output.policy[i] > 0) moves.push_back(i);
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(kListedMoves, moves.size()));
  std::partial_sort(moves.begin(), moves.begin() + count, moves.end(),
                    [&](auto i, auto k) { return output.policy[i] > output.policy[k]; });
  moves.resize(static_cast<std::size_t>(count));
  return moves;
}

std::vector<MoveShare> listed_moves(const Board& board, const nn::NetOutput& a,
                                    const nn::NetOutput& b) {
  std::vector<std::size_t> indices = likeliest(a);
  for (const std::size_t i : likeliest(b)) {
    if (std::find(indices.begin(), indices.end(), i) == indices.end()) indices.push_back(i);
  }
  std::vector<MoveShare> moves;
  for (const std::size_t i : indices) {
    moves.push_back({loc_at(board, i, a), a.policy[i], b.policy[i]});
  }
  std::stable_sort(moves.begin(), moves.end(), [](const MoveShare& x, const MoveShare& y) {
    return std::max(x.a, x.b) > std::max(y.a, y.b);
  });
  return moves;
}

double black_winrate(const nn::NetOutput& output) {
  return 50 * (1 - (double{output.white_win} - double{output.white_loss}));
}

PositionComparison compare_outputs(const GameState& state, int move, const nn::NetOutput& a,
                                   const nn::NetOutput& b) {
  const Board& board = state.board();
  PositionComparison result;
  result.phase = phase_of(move, board.area());
  result.difference = difference_of(a, b);
  result.best_a = loc_at(board, best_move(a), a);
  result.best_b = loc_at(board, best_move(b), b);
  result.winrate_a = black_winrate(a);
  result.winrate_b = black_winrate(b);
  result.lead_a = -double{a.white_lead};
  result.lead_b = -double{b.white_lead};
  result.moves = listed_moves(board, a, b);
  return result;
}

// Positions whose boards have the same edge, at most a batch.
struct Chunk {
  int edge = 0;
  std::vector<std::size_t> positions;
};

std::vector<Chunk> make_chunks(const PositionSet& set, int batch) {
  std::map<int, Chunk> open;
  std::vector<Chunk> chunks;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const Board& board = set.states[i].board();
    const int edge = std::max(board.x_size(), board.y_size());
    Chunk& chunk = open[edge];
    chunk.edge = edge;
    chunk.positions.push_back(i);
    if (static_cast<int>(chunk.positions.size()) < batch) continue;
    chunks.push_back(std::move(chunk));
    open.erase(edge);
  }
  for (auto& [edge, chunk] : open) chunks.push_back(std::move(chunk));
  return chunks;
}

// One thread's contexts of one network.
class Runner {
 public:
  Runner(const nn::Executor& executor, int batch) : executor_(executor), batch_(batch) {}
  std::vector<nn::NetOutput> run(int edge, std::span<const GameState> states) {
    if (edge != edge_) {
      context_ = executor_.make_context(edge, edge, batch_);
      data_ = std::make_unique<NetBatch>(executor_.info(), edge, batch_);
      edge_ = edge;
    }
    data_->fill(states);
    return data_->run(*context_);
  }

 private:
  const nn::Executor& executor_;
  int batch_, edge_ = 0;
  std::unique_ptr<nn::ExecContext> context_;
  std::unique_ptr<NetBatch> data_;
};

}  // namespace

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kOpening:
      return "opening";
    case Phase::kMiddle:
      return "middle";
    case Phase::kEnd:
      return "end";
  }
  return "";
}

Phase phase_of(int move, int board_points) {
  constexpr int kFull = 19 * 19, kOpeningMoves = 50, kMovesBeforeEnd = 150;
  if (move * kFull < kOpeningMoves * board_points) return Phase::kOpening;
  return move * kFull < kMovesBeforeEnd * board_points ? Phase::kMiddle : Phase::kEnd;
}

double PositionComparison::severity() const {
  return std::max(
      {difference.winrate_points / 1.5, difference.divergence / 0.05, difference.lead_points / 3});
}

std::vector<std::size_t> Comparison::worst(std::size_t count,
                                           std::span<const PositionOrigin> origins) const {
  constexpr int kOfOneGame = 2;
  std::vector<std::size_t> order(positions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t k) {
    return positions[i].severity() > positions[k].severity();
  });
  std::map<int, int> taken;
  std::vector<std::size_t> result;
  for (const std::size_t i : order) {
    if (result.size() == count) break;
    if (++taken[origins[i].game] <= kOfOneGame) result.push_back(i);
  }
  return result;
}

Comparison compare_positions(const nn::Executor& a, const nn::Executor& b, const PositionSet& set,
                             int threads, const std::function<void()>& step) {
  const int batch = std::min({a.max_batch(), b.max_batch(), kLargestBatch});
  const std::vector<Chunk> chunks = make_chunks(set, batch);
  Comparison result;
  result.positions.resize(set.size());
  run_parallel(threads, chunks.size(), [&] {
    auto run_a = std::make_shared<Runner>(a, batch), run_b = std::make_shared<Runner>(b, batch);
    return [&, run_a, run_b](std::size_t number) {
      const Chunk& chunk = chunks[number];
      std::vector<GameState> states;
      for (const std::size_t i : chunk.positions) states.push_back(set.states[i]);
      const auto from_a = run_a->run(chunk.edge, states), from_b = run_b->run(chunk.edge, states);
      for (std::size_t k = 0; k < states.size(); ++k) {
        const std::size_t i = chunk.positions[k];
        result.positions[i] = compare_outputs(states[k], set.origins[i].move, from_a[k], from_b[k]);
        if (step) step();
      }
    };
  });
  // In their order, so that sums do not depend on the threads.
  for (const PositionComparison& position : result.positions) {
    result.all.add(position.difference);
    result.phases[static_cast<std::size_t>(position.phase)].add(position.difference);
  }
  return result;
}

}  // namespace hayago::gtp
