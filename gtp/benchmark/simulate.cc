#include "gtp/benchmark/simulate.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "gtp/benchmark/explain.h"
#include "gtp/benchmark/measure.h"
#include "gtp/benchmark/positions.h"
#include "nn/exec/executor.h"

namespace hayago::gtp {
namespace {

constexpr int kBoard = 19;
// Middle game of the built-in game.
constexpr std::size_t kFirstMove = 80, kLastMove = 160;
// Batches per device on their way: one running, one ready, one filling.
constexpr int kBatchesPerDevice = 3;
// Visits per search thread with devices: a tree that starts from nothing fills the first batches
// badly, which must not matter.
constexpr std::int64_t kVisitsPerSlot = 200;
constexpr int kPairs = 7;  // odd

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::vector<search::GameState> middle_game(int count) {
  const std::vector<search::GameState> all = sample_positions(kBoard);
  std::vector<search::GameState> out;
  const std::size_t last = std::min(kLastMove, all.size() - 1);
  for (int i = 0; i < count; ++i) {
    out.push_back(all[kFirstMove + (last - kFirstMove) * static_cast<std::size_t>(i) /
                                       static_cast<std::size_t>(count)]);
  }
  return out;
}

struct Run {
  std::int64_t visits = 0;
  double seconds = 0, cpu = 0;
  std::uint64_t rows = 0, batches = 0;
  std::size_t nodes = 0, tree_bytes = 0, evaluation_bytes = 0;
  search::SearchTimes times;
  int threads = 0;
  double visits_per_second() const { return static_cast<double>(visits) / seconds; }
  double rows_per_second() const { return static_cast<double>(rows) / seconds; }
};

struct Setup {
  const search::SearchParams& params;
  const std::vector<search::GameState>& positions;
  std::int64_t visits;
};

// Every position with an empty tree; the cache is off, so that every new node costs an evaluation.
Run search_all(const Setup& setup, const nn::SimulatedDevices& devices, int width) {
  search::EvaluatorConfig config;
  config.nn_x = config.nn_y = kBoard;
  config.cache_size_power_of_two = -1;
  config.max_batch = devices.devices == 0 ? 1 : devices.batch;
  config.server_threads = std::max(1, 2 * devices.devices);
  search::Evaluator evaluator(nn::make_simulated_executor(devices), config);
  search::SearchParams p = setup.params;
  p.num_search_threads = width;
  p.max_visits = setup.visits;
  Run run;
  for (const search::GameState& state : setup.positions) {
    // An engine for each: freeing the tree of one search must not take a core from the next.
    search::Engine engine(p, &evaluator, nullptr, "simulation");
    engine.set_position(state);
    evaluator.reset_stats();
    const double cpu_before = cpu_seconds();
    engine.search({});
    run.cpu += cpu_seconds() - cpu_before;
    const search::SearchStats stats = engine.stats();
    run.visits += stats.playouts;
    run.seconds += stats.seconds;
    run.rows += evaluator.stats().rows;
    run.batches += evaluator.stats().batches;
    run.nodes += stats.tree_nodes;
    run.tree_bytes += stats.tree_bytes;
    run.evaluation_bytes += stats.evaluation_bytes;
    run.times += stats.times;
    run.threads = stats.threads;
  }
  return run;
}

// One run with one thread and one with two, close together; of kPairs pairs the one with the median
// ratio of their speeds.
std::pair<Run, Run> one_and_two_threads(const Setup& setup, const nn::SimulatedDevices& instant) {
  std::vector<std::pair<Run, Run>> pairs;
  for (int i = 0; i < kPairs; ++i) {
    const Run one = search_all(setup, instant, 1);
    pairs.emplace_back(one, search_all(setup, instant, 2));
  }
  const auto ratio = [](const std::pair<Run, Run>& pair) {
    return pair.second.visits_per_second() / pair.first.visits_per_second();
  };
  std::sort(pairs.begin(), pairs.end(),
            [&](const auto& a, const auto& b) { return ratio(a) < ratio(b); });
  return pairs[kPairs / 2];
}

double per(double amount, double count) { return count > 0 ? amount / count : 0.0; }

}  // namespace

void run_simulation(const search::SearchParams& params, const SimulationOptions& options,
                    const std::function<void(const std::string&)>& print) {
  const std::vector<search::GameState> positions = middle_game(options.positions);
  search::SearchParams p = params;
  p.min_playouts_per_thread = 0;
  const Setup setup{p, positions, options.visits};
  const nn::SimulatedDevices instant{.devices = 0, .batch = 1, .batch_seconds = 0};
  search_all(setup, instant, 2);  // memory and tables of the process

  print(
      fmt::format("Tree cost: constant-time network, {0}x{0} middle game, {1} positions, {2} "
                  "visits each, no cache of results",
                  kBoard, options.positions, options.visits));
  const auto [one, two] = one_and_two_threads(setup, instant);
  const auto visits = static_cast<double>(one.visits), nodes = static_cast<double>(one.nodes);
  print(fmt::format("1 thread: {:.0f} visits/s, {:.2f} us of processor time per visit",
                    one.visits_per_second(), 1e6 * per(one.cpu, visits)));
  for (const std::string& line : explain_times(one.times, one.visits, 1)) print("  " + line);
  print(fmt::format("Memory: {:.0f} bytes per node ({:.0f} for the tree, {:.0f} for results)",
                    per(static_cast<double>(one.tree_bytes + one.evaluation_bytes), nodes),
                    per(static_cast<double>(one.tree_bytes), nodes),
                    per(static_cast<double>(one.evaluation_bytes), nodes)));
  print(fmt::format(
      "{} threads: {:.0f} visits/s, {:.2f} us of processor time per visit: {:.2f} x one (median "
      "of {} pairs of runs)",
      two.threads, two.visits_per_second(), 1e6 * per(two.cpu, static_cast<double>(two.visits)),
      two.visits_per_second() / one.visits_per_second(), kPairs));

  print("");
  print(fmt::format("Simulated devices: {:.0f} positions/s each, {:g} ms per batch",
                    options.positions_per_second, 1e3 * options.latency_seconds));
  for (int devices = 1; devices <= options.devices; devices *= 2) {
    const int batch = std::max(
        1, static_cast<int>(std::lround(options.positions_per_second * options.latency_seconds)));
    const nn::SimulatedDevices simulated{
        .devices = devices, .batch = batch, .batch_seconds = options.latency_seconds};
    const int width = kBatchesPerDevice * devices * batch;
    const Setup longer{p, positions,
                       std::max<std::int64_t>(options.visits, kVisitsPerSlot * width)};
    const Run run = search_all(longer, simulated, width);
    const double capacity = devices * options.positions_per_second;
    const double rate = run.rows_per_second();
    const double processors = std::max(1u, std::thread::hardware_concurrency());
    const double busy = run.cpu / (run.seconds * std::min<double>(run.threads, processors));
    print(fmt::format(
        "{} device{}: numSearchThreads = {} on {} threads: {:.0f} positions/s = "
        "{:.1f} % of the devices' capacity, average batch {:.1f}",
        devices, devices == 1 ? "" : "s", width, run.threads, rate, 100 * rate / capacity,
        run.batches == 0 ? 0.0 : static_cast<double>(run.rows) / static_cast<double>(run.batches)));
    print(
        fmt::format("  processors {:.0f} % busy, {:.1f} us of processor time per visit: {} the "
                    "limit",
                    100 * busy, 1e6 * per(run.cpu, static_cast<double>(run.visits)),
                    rate > 0.97 * capacity ? "the devices are" : "the search itself is"));
  }
}

}  // namespace hayago::gtp
