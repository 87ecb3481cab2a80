// Board, game state and input encoding. Positions come from seeded games in which most moves are
// played next to the stones of the last ones, which gives chains, captures and ladders.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "search/features/features.h"
#include "search/features/ladder.h"

namespace {

using namespace hayago::search;

// Near the last move three times out of four.
Loc candidate(const Board& board, Loc last, std::mt19937& random) {
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  if (last > kPassLoc && random() % 4 != 0) {
    const int x = board.x_of(last) + pick(5) - 2, y = board.y_of(last) + pick(5) - 2;
    if (x >= 0 && x < board.x_size() && y >= 0 && y < board.y_size()) return board.loc(x, y);
  }
  return board.loc(pick(board.x_size()), pick(board.y_size()));
}

// Neither an own eye nor illegal.
bool is_sensible(const GameState& state, Loc l) {
  const Player p = state.next_player();
  const Board& board = state.board();
  return state.is_legal(l, p) &&
         (board.is_adjacent_to(l, Color::kEmpty) || board.is_adjacent_to(l, opponent(p)));
}

GameState middle_game(unsigned seed, int turns) {
  std::mt19937 random(seed);
  GameState state(Board(19, 19), Color::kBlack, *parse_rules("japanese").value);
  Loc last = kNullLoc;
  for (int tries = 0; tries < 20 * turns && static_cast<int>(state.moves().size()) < turns;
       tries++) {
    const Loc l = candidate(state.board(), last, random);
    if (!is_sensible(state, l)) continue;
    state.make_move(l, state.next_player());
    last = l;
  }
  return state;
}

const std::vector<GameState>& positions() {
  static const std::vector<GameState> all = [] {
    std::vector<GameState> out;
    for (unsigned seed = 0; seed < 24; seed++) out.push_back(middle_game(seed, 60 + 8 * seed));
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
  AreaMap map;
  for (auto _ : bench) {
    for (const GameState& state : positions()) {
      calculate_area(state.board(), {true, true, true, false}, map);
      benchmark::DoNotOptimize(map);
    }
  }
  bench.SetItemsProcessed(static_cast<long>(bench.iterations() * positions().size()));
}
BENCHMARK(area_full);

void features_of_version(benchmark::State& bench) {
  const int version = static_cast<int>(bench.range(0));
  std::vector<float> spatial(361 * 22), global(19);
  for (auto _ : bench) {
    for (const GameState& state : positions()) {
      fill_features(version, state, {}, 19, 19, spatial.data(), global.data());
      benchmark::DoNotOptimize(spatial.data());
    }
  }
  bench.SetItemsProcessed(static_cast<long>(bench.iterations() * positions().size()));
}
BENCHMARK(features_of_version)->ArgName("version")->DenseRange(3, 7);

void ladders(benchmark::State& bench) {
  long moves = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions()) {
      LadderReader reader(state.board());
      benchmark::DoNotOptimize(reader.read());
      moves += reader.moves_played();
    }
  }
  bench.SetItemsProcessed(static_cast<long>(bench.iterations() * positions().size()));
  bench.counters["moves"] =
      benchmark::Counter(static_cast<double>(moves) / static_cast<double>(bench.iterations()) /
                         static_cast<double>(positions().size()));
}
BENCHMARK(ladders);

}  // namespace
