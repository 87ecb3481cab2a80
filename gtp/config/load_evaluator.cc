#include <fmt/format.h>

#include <algorithm>

#include "gtp/config/load_params.h"
#include "gtp/config/seeds.h"
#include "search/board/board.h"

namespace hayago::gtp {
namespace {

int round_up_to_multiple(int value, int step) { return (value + step - 1) / step * step; }

// The most specific of the keys that give one side of the network buffer.
int buffer_size(const Config& config, std::string_view axis, int fallback) {
  const int max = search::kMaxBoard;
  int size = fallback;
  for (const std::string& key :
       {std::string("maxBoardSizeForNNBuffer"), std::string("maxBoardSizeForNNBuffer0"),
        fmt::format("maxBoard{}SizeForNNBuffer", axis),
        fmt::format("maxBoard{}SizeForNNBuffer0", axis)}) {
    size = config.int_or(key, 2, max, size);
  }
  return size;
}

// Mistakes in keys that this run has no use for are mistakes all the same. Reads from a copy: only
// keys that have an effect count as used.
void check_idle_keys(Config config) {
  config.int_or("numEigenThreadsPerModel", 1, 1024, 1);
  for (const char* key : {"useFP16", "useFP16-0"}) config.enabled_or(key, 2);
  for (const char* key : {"inputsUseNHWC", "inputsUseNHWC0"}) config.bool_or(key, true);
  for (const std::string& key : config.keys()) {
    if (key.starts_with("deviceToUse") || key.starts_with("gpuToUse")) {
      config.int_or(key, 0, 1023, 0);
    }
  }
}

}  // namespace

search::EvaluatorConfig load_evaluator_config(const Config& config,
                                              const EvaluatorDefaults& defaults) {
  search::EvaluatorConfig out;
  out.nn_x = buffer_size(config, "X", defaults.buffer_x);
  out.nn_y = buffer_size(config, "Y", defaults.buffer_y);
  out.require_exact_board = config.bool_or("requireMaxBoardSize", defaults.require_exact_board);
  out.require_exact_board = config.bool_or("requireMaxBoardSize0", out.require_exact_board);
  out.max_batch =
      config.int_or("nnMaxBatchSize", 1, 65536,
                    std::max(8, round_up_to_multiple(defaults.expected_concurrency, 4)));
  out.server_threads = config.int_or("numNNServerThreadsPerModel", 1, 1024, 1);
  out.cache_size_power_of_two =
      config.int_or("nnCacheSizePowerOfTwo", -1, 48, defaults.cache_power);
  out.mutex_pool_size_power_of_two =
      config.int_or("nnMutexPoolSizePowerOfTwo", -1, 24, defaults.mutex_power);
  out.forced_symmetry = config.int_or("nnForcedSymmetry", 0, 7, -1);
  out.randomize = config.bool_or("nnRandomize", true);
  const bool numbered = config.contains("nnRandSeed0") && !config.contains("nnRandSeed");
  out.rand_seed = seed_or_random(config, numbered ? "nnRandSeed0" : "nnRandSeed");
  check_idle_keys(config);
  config.mark_used("homeDataDir");
  return out;
}

std::unique_ptr<search::Evaluator> make_evaluator(const std::string& model_path,
                                                  const Config& config,
                                                  const EvaluatorDefaults& defaults) {
  const search::EvaluatorConfig evaluator_config = load_evaluator_config(config, defaults);
  return std::make_unique<search::Evaluator>(make_executor(model_path, config), evaluator_config);
}

}  // namespace hayago::gtp
