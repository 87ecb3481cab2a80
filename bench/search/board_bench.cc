// Board and game state: play, copies, legality, area.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "bench/search/positions.h"

namespace {

using namespace hayago;
using namespace hayago::search;

const std::vector<GameState>& positions() {
  static const std::vector<GameState> all = [] {
    std::vector<GameState> out;
    for (unsigned seed = 0; seed < 24; seed++)
      out.push_back(bench::middle_game(seed, 60 + 8 * static_cast<int>(seed)));
    return out;
  }();
  return all;
}

void board_random_play(benchmark::State& bench) {
  std::mt19937 random(1);
  long moves = 0;
  for (auto _ : bench) {
    Board board(19, 19);
    Player p = Color::kBlack;
    for (int i = 0; i < 400; i++) {
      const Loc l = board.loc(static_cast<int>(random() % 19), static_cast<int>(random() % 19));
      if (!board.is_legal(l, p, false)) continue;
      board.play(l, p);
      p = opponent(p);
      moves++;
    }
    benchmark::DoNotOptimize(board.position_hash());
  }
  bench.SetItemsProcessed(moves);
}
BENCHMARK(board_random_play);

void board_legality(benchmark::State& bench) {
  long checks = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions()) {
      const Board& board = state.board();
      int legal = 0;
      for (int y = 0; y < 19; y++) {
        for (int x = 0; x < 19; x++) legal += board.is_legal(board.loc(x, y), Color::kBlack, false);
      }
      benchmark::DoNotOptimize(legal);
      checks += 361;
    }
  }
  bench.SetItemsProcessed(checks);
}
BENCHMARK(board_legality);

void board_copy(benchmark::State& bench) {
  Board board(19, 19);
  for (auto _ : bench) {
    Board copy = board;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(board_copy);

// Per rule set: superko costs extra.
void state_make_move(benchmark::State& bench) {
  const Rules rules = *parse_rules(bench.range(0) == 0 ? "japanese" : "tromp-taylor").value;
  std::vector<std::vector<Move>> games;
  for (const GameState& state : positions()) games.push_back(state.moves());
  long moves = 0;
  GameState state;
  for (auto _ : bench) {
    for (const auto& game : games) {
      state.reset(Board(19, 19), Color::kBlack, rules);
      for (const Move& m : game) state.make_move(m.loc, m.player);
      moves += static_cast<long>(game.size());
    }
  }
  bench.SetItemsProcessed(moves);
}
BENCHMARK(state_make_move)->ArgName("superko")->Arg(0)->Arg(1);

void state_copy(benchmark::State& bench) {
  const GameState& from = positions().back();
  GameState to = from;
  for (auto _ : bench) {
    to = from;
    benchmark::DoNotOptimize(to);
  }
}
BENCHMARK(state_copy);

void area_full(benchmark::State& bench) {
  for (auto _ : bench) {
    for (const GameState& state : positions()) {
      benchmark::DoNotOptimize(calculate_area(state.board(), {true, true, true, false}));
    }
  }
  bench.SetItemsProcessed(static_cast<long>(bench.iterations() * positions().size()));
}
BENCHMARK(area_full);

}  // namespace
