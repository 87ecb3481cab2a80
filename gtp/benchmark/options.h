// The flags of `hayago benchmark` (spec/09 section 8).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gtp/benchmark/simulate.h"
#include "gtp/cli/args.h"

namespace hayago::gtp {

struct BenchmarkOptions {
  CommonOptions common;
  std::int64_t visits = 80;
  bool visits_given = false;
  std::vector<int> threads;  // empty: search for the best
  int num_positions = 10;
  std::string sgf;
  std::optional<int> board_size;
  std::optional<int> fixed_batch_size;
  bool half_batch_size = false;
  double seconds_per_move = 5;
  bool tune = false;                            // write what was found to `output`
  std::string output;                           // a configuration file; empty: the user's
  std::optional<SimulationOptions> simulation;  // instead of a network
};

// The exit status to return at once, or nullopt to go on. Throws ConfigError for values that the
// parser cannot judge.
std::optional<int> parse_benchmark_options(const Args& args, BenchmarkOptions& options);

}  // namespace hayago::gtp
