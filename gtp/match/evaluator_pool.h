// Networks and evaluators of all players that run in this process. Players with the same network
// and the same evaluator settings share both, result cache included.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gtp/config/config.h"
#include "gtp/protocol/models.h"

namespace hayago::gtp {

class EvaluatorPool {
 public:
  // Throws ConfigError or nn::ModelError.
  GtpModels models(const std::string& main_path, const std::string& human_path,
                   const Config& config);
  // Exactly for boards of that size. `threads`: callers at the same time.
  Evaluators evaluators(const GtpModels& models, const Config& config, int x_size, int y_size,
                        int threads);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const nn::Executor>> executors_;
  std::map<std::string, Evaluators> evaluators_;
};

// The settings that decide whether two players may share, as text.
// (Takes a copy: reading a key counts as using it.)
std::string evaluator_settings(Config config);

}  // namespace hayago::gtp
