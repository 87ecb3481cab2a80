#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>

#include "gtp/config/load_params.h"
#include "gtp/config/seeds.h"
#include "nn/model/load.h"
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

// Keys that only make sense for other executors: checked, then without effect.
void read_accepted_keys(const Config& config) {
  config.int_or("numEigenThreadsPerModel", 1, 1024, 1);
  for (const char* key : {"useFP16", "useFP16-0"}) config.enabled_or(key, 2);
  for (const char* key : {"inputsUseNHWC", "inputsUseNHWC0"}) config.bool_or(key, true);
  for (const std::string& key : config.keys()) {
    if (key.starts_with("deviceToUse") || key.starts_with("gpuToUse")) {
      config.int_or(key, 0, 1023, 0);
    }
  }
  config.mark_used("homeDataDir");
}

// Runs with the executor that nnCheck builds and lives as long as it.
class CheckMonitor {
 public:
  static void report(void* user, double policy, double value, double score, double ownership) {
    static_cast<CheckMonitor*>(user)->update(policy, value, score, ownership);
  }

 private:
  void update(double policy, double value, double score, double ownership) {
    const std::lock_guard lock(mutex_);
    const double worst = std::max({policy, value, score, ownership});
    if (worst <= worst_) return;
    worst_ = worst;
    std::cerr << fmt::format(
                     "nnCheck: largest difference from the reference kernels so far: policy {:.3g} "
                     "value {:.3g} score {:.3g} ownership {:.3g}",
                     policy, value, score, ownership)
              << std::endl;
  }
  std::mutex mutex_;
  double worst_ = 0;
};

struct CheckedExecutor {
  CheckMonitor monitor;
  std::shared_ptr<const nn::Executor> executor;
};

std::string wanted_isa(const Config& config) {
  if (const auto key = config.find("cpuIsa")) return *key;
  const char* env = std::getenv("HAYAGO_ISA");
  return env != nullptr && *env != '\0' ? env : "auto";
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
  read_accepted_keys(config);
  return out;
}

bool skips_network(const Config& config, const std::string& model_path) {
  return config.bool_or("debugSkipNeuralNet", model_path == "/dev/null");
}

std::shared_ptr<const nn::Executor> make_executor(const std::string& model_path,
                                                  const Config& config) {
  if (skips_network(config, model_path)) return nn::make_fake_executor();
  nn::CpuOptions options;
  options.isa = wanted_isa(config);
  const nn::ModelDesc model = nn::load_model(model_path);
  std::shared_ptr<const nn::Executor> chosen = nn::make_cpu_executor(model, options);
  if (!config.bool_or("nnCheck", false)) return chosen;
  options.isa = "ref";
  auto checked = std::make_shared<CheckedExecutor>();
  checked->executor =
      nn::make_check_executor(std::move(chosen), nn::make_cpu_executor(model, options),
                              &CheckMonitor::report, &checked->monitor);
  const nn::Executor* executor = checked->executor.get();
  return {std::move(checked), executor};  // shares ownership of the monitor
}

std::unique_ptr<search::Evaluator> make_evaluator(const std::string& model_path,
                                                  const Config& config,
                                                  const EvaluatorDefaults& defaults) {
  const search::EvaluatorConfig evaluator_config = load_evaluator_config(config, defaults);
  return std::make_unique<search::Evaluator>(make_executor(model_path, config), evaluator_config);
}

}  // namespace hayago::gtp
