// Input encoding, alone and as a search uses it. Items per second are positions per second.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/search/positions.h"
#include "search/features/features.h"
#include "search/features/ladder_cache.h"

namespace {

using namespace hayago;
using namespace hayago::search;

Rules rules_of(const benchmark::State& bench) {
  return *parse_rules(bench.range(0) == 0 ? "japanese" : "tromp-taylor").value;
}

const std::vector<GameState>& positions(const benchmark::State& bench) {
  static const std::vector<GameState> all[2] = {
      bench::built_in_positions(*parse_rules("japanese").value),
      bench::built_in_positions(*parse_rules("tromp-taylor").value)};
  return all[bench.range(0)];
}

struct Buffers {
  std::vector<float> spatial = std::vector<float>(361 * 22);
  std::vector<float> global = std::vector<float>(19);
};

// Every position is new.
void features_alone(benchmark::State& bench) {
  const int version = static_cast<int>(bench.range(1));
  Buffers buffers;
  long n = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions(bench)) {
      fill_features(version, state, {}, 19, 19, buffers.spatial.data(), buffers.global.data());
      benchmark::DoNotOptimize(buffers.spatial.data());
      n++;
    }
  }
  bench.SetItemsProcessed(n);
}
BENCHMARK(features_alone)->ArgNames({"area", "version"})->ArgsProduct({{0, 1}, {3, 4, 5, 6, 7}});

// Ladders of one board.
void ladders(benchmark::State& bench) {
  long moves = 0, n = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions(bench)) {
      LadderReader reader(state.board());
      benchmark::DoNotOptimize(reader.read());
      moves += reader.moves_played();
      n++;
    }
  }
  bench.SetItemsProcessed(n);
  bench.counters["moves"] = static_cast<double>(moves) / static_cast<double>(n);
}
BENCHMARK(ladders)->ArgName("area")->Arg(1);

void area(benchmark::State& bench) {
  long n = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions(bench)) {
      benchmark::DoNotOptimize(calculate_area(state.board(), {true, true, true, true}));
      n++;
    }
  }
  bench.SetItemsProcessed(n);
}
BENCHMARK(area)->ArgName("area")->Arg(1);

void legality(benchmark::State& bench) {
  long n = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions(bench)) {
      benchmark::DoNotOptimize(state.legal_points(state.next_player()));
      n++;
    }
  }
  bench.SetItemsProcessed(n);
}
BENCHMARK(legality)->ArgName("area")->Arg(0)->Arg(1);

void state_copy(benchmark::State& bench) {
  GameState to;
  long n = 0;
  for (auto _ : bench) {
    for (const GameState& state : positions(bench)) {
      to = state;
      benchmark::DoNotOptimize(to);
      n++;
    }
  }
  bench.SetItemsProcessed(n);
  bench.counters["bytes"] = static_cast<double>(sizeof(GameState));
}
BENCHMARK(state_copy)->ArgName("area")->Arg(1);

// Playouts of a search tree: the root's state is copied, a path played and, with `features`, the
// position at its end encoded.
void playouts(benchmark::State& bench) {
  const std::vector<bench::SearchPaths> searches = bench::search_paths(rules_of(bench));
  const bool with_features = bench.range(1) != 0;
  Buffers buffers;
  LadderCache cache;
  GameState state;
  long n = 0, moves = 0;
  for (auto _ : bench) {
    for (const bench::SearchPaths& search : searches) {
      for (const std::vector<Loc>& path : search.playouts) {
        state = search.root;
        for (const Loc l : path) state.make_move(l, state.next_player());
        moves += static_cast<long>(path.size());
        n++;
        if (!with_features) continue;
        fill_features(7, state, {}, 19, 19, buffers.spatial.data(), buffers.global.data(), &cache);
        benchmark::DoNotOptimize(buffers.spatial.data());
      }
    }
  }
  bench.SetItemsProcessed(n);
  bench.counters["depth"] = static_cast<double>(moves) / static_cast<double>(n);
}
BENCHMARK(playouts)->ArgNames({"area", "features"})->ArgsProduct({{0, 1}, {0, 1}});

}  // namespace
