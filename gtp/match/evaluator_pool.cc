#include "gtp/match/evaluator_pool.h"

#include <fmt/format.h>

#include "gtp/config/load_params.h"
#include "search/params.h"

namespace hayago::gtp {
namespace {

bool is_evaluator_key(std::string_view key) {
  if (search::find_param(key) != nullptr) return false;  // per request, part of the cache key
  return key.starts_with("nn") || key.starts_with("max") || key.starts_with("requireMax") ||
         key == "cpuIsa" || key == "cpuConvAlgorithm" || key == "cpuInt8Algorithm" ||
         key == "backend" || key == "precision" || key == "gpuFallback" ||
         key.starts_with("cuda") || key.starts_with("deviceToUse") || key.starts_with("gpuToUse") ||
         key.starts_with("useFP16") || key == "debugSkipNeuralNet" ||
         key == "numNNServerThreadsPerModel" || key == "gtpForceMaxNNSize" ||
         key == "forDeterministicTesting";
}

}  // namespace

std::string evaluator_settings(Config config) {
  std::string text;
  for (const std::string& key : config.keys()) {
    if (is_evaluator_key(key)) text += fmt::format("{}={};", key, *config.find(key));
  }
  return text;
}

GtpModels EvaluatorPool::models(const std::string& main_path, const std::string& human_path,
                                const Config& config) {
  const std::lock_guard lock(mutex_);
  const auto load = [&](const std::string& path) -> std::shared_ptr<const nn::Executor> {
    if (path.empty()) return nullptr;
    auto& executor = executors_[path + ";" + evaluator_settings(config)];
    if (!executor) executor = make_executor(path, config);
    return executor;
  };
  GtpModels out;
  out.main_path = main_path;
  out.human_path = human_path;
  out.main = load(main_path);
  out.human = load(human_path);
  return out;
}

Evaluators EvaluatorPool::evaluators(const GtpModels& models, const Config& config, int x_size,
                                     int y_size, int threads) {
  const std::lock_guard lock(mutex_);
  const bool force_max = config.bool_or("gtpForceMaxNNSize", false);
  Evaluators& found = evaluators_[fmt::format("{};{};{}x{};{}", models.main_path, models.human_path,
                                              x_size, y_size, evaluator_settings(config))];
  if (!found.main) found = make_evaluators(models, config, x_size, y_size, force_max, threads);
  return found;
}

}  // namespace hayago::gtp
