// The networks of a GTP engine, and evaluators for the current board size on top of them.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "gtp/config/config.h"
#include "nn/exec/executor.h"
#include "search/eval/evaluator.h"

namespace hayago::gtp {

// Weights are loaded and packed once; changing the board size only makes new evaluators.
struct GtpModels {
  std::string main_path, human_path;                // as given; human_path "" = none
  std::shared_ptr<const nn::Executor> main, human;  // human may be null
  bool has_human() const { return human != nullptr; }
  bool some_uses_profiles() const;
};
// Throws ConfigError or nn::ModelError.
GtpModels load_gtp_models(const std::string& main_path, const std::string& human_path,
                          const Config& config);

struct Evaluators {
  std::shared_ptr<search::Evaluator> main, human;
};
// For boards of that size; engines that ask the same source may share evaluators.
using EvaluatorSource = std::function<Evaluators(int x_size, int y_size)>;
// Buffers of exactly the board size, unless the configuration wants others (spec/09 section 4.2).
Evaluators make_evaluators(const GtpModels& models, const Config& config, int x_size, int y_size,
                           bool force_max_size, int num_threads);

}  // namespace hayago::gtp
