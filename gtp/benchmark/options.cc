#include "gtp/benchmark/options.h"

#include <fmt/format.h>

#include "gtp/benchmark/positions.h"
#include "gtp/benchmark/scale.h"

namespace hayago::gtp {
namespace {

struct RawFlags {
  std::string threads;
  bool simulate = false;
  SimulationOptions simulation;
};

void add_simulation_flags(CLI::App& app, RawFlags& raw) {
  SimulationOptions& s = raw.simulation;
  auto* simulate = app.add_flag("--simulate", raw.simulate,
                                "no network: what the search costs by itself, and how well it "
                                "keeps simulated devices busy");
  app.add_option("--simulate-devices", s.devices, "most devices to simulate; 0: none")
      ->check(CLI::Range(0, 32))
      ->needs(simulate);
  app.add_option("--simulate-rate", s.positions_per_second, "positions per second of a device")
      ->check(CLI::Range(1.0, 1e6))
      ->needs(simulate);
  app.add_option("--simulate-latency", s.latency_seconds, "seconds that a device takes per batch")
      ->check(CLI::Range(1e-5, 1.0))
      ->needs(simulate);
}

void add_flags(CLI::App& app, BenchmarkOptions& o, RawFlags& raw) {
  app.add_option("-v,--visits", o.visits, "visits per position")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{999'999'999}));
  auto* threads = app.add_option("-t,--threads", raw.threads,
                                 "numbers of search threads to test, e.g. 1,2,4 (without this "
                                 "flag the best number is searched for)");
  auto* tune = app.add_flag("-s,--tune", o.tune,
                            "search for the best number of threads and batch size and write them "
                            "to a configuration file")
                   ->excludes(threads);
  app.add_option("-o,--output", o.output,
                 "file for --tune; other lines in it stay (default: default_gtp.cfg in the "
                 "user's configuration folder, where `hayago gtp` finds it)")
      ->needs(tune);
  app.add_option("-n,--numpositions", o.num_positions, "positions to search")
      ->check(CLI::Range(1, 100'000));
  auto* sgf = app.add_option("--sgf", o.sgf, "game record to take the positions from");
  app.add_option("--boardsize", o.board_size, "board size of the built-in game")
      ->check(CLI::Range(kSmallestSampleBoard, kLargestSampleBoard))
      ->excludes(sgf);
  auto* fixed = app.add_option("--fixed-batch-size", o.fixed_batch_size,
                               "largest batch of the network (instead of the number of threads)")
                    ->check(CLI::Range(1, 65'536));
  app.add_flag("--half-batch-size", o.half_batch_size, "largest batch: half the threads")
      ->excludes(fixed);
  app.add_option("-i,--time", o.seconds_per_move, "seconds per move you intend to use")
      ->check(CLI::Range(1e-6, 1e6));
  add_simulation_flags(app, raw);
}

}  // namespace

std::optional<int> parse_benchmark_options(const Args& args, BenchmarkOptions& options) {
  CLI::App app("Measure the speed of searches and suggest a number of threads.", "benchmark");
  RawFlags raw;
  add_config_options(app, options.common);
  add_model_options(app, options.common, false);
  add_flags(app, options, raw);
  if (const auto status = parse_args(app, args)) return status;
  options.visits_given = app.count("--visits") > 0;
  if (app.count("--threads") > 0) options.threads = parse_thread_list(raw.threads);
  if (raw.simulate) {
    options.simulation = raw.simulation;
    if (options.visits_given) options.simulation->visits = options.visits;
  }
  return std::nullopt;
}

}  // namespace hayago::gtp
