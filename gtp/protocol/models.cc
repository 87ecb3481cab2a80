#include "gtp/protocol/models.h"

#include <algorithm>

#include "gtp/config/load_params.h"
#include "search/board/board.h"

namespace hayago::gtp {

bool GtpModels::some_uses_profiles() const {
  return main->info().c_meta > 0 || (human && human->info().c_meta > 0);
}

GtpModels load_gtp_models(const std::string& main_path, const std::string& human_path,
                          const Config& config) {
  GtpModels models;
  models.main_path = main_path;
  models.human_path = human_path;
  models.main = make_executor(main_path, config);
  if (!human_path.empty()) models.human = make_executor(human_path, config);
  return models;
}

Evaluators make_evaluators(const GtpModels& models, const Config& config, int x_size, int y_size,
                           bool force_max_size, int num_threads) {
  EvaluatorDefaults defaults;
  defaults.buffer_x = force_max_size ? search::kMaxBoard : x_size;
  defaults.buffer_y = force_max_size ? search::kMaxBoard : y_size;
  defaults.expected_concurrency = num_threads;
  search::EvaluatorConfig evaluator_config = load_evaluator_config(config, defaults);
  // A configured buffer may be larger than the board, never smaller.
  evaluator_config.nn_x = std::max(evaluator_config.nn_x, x_size);
  evaluator_config.nn_y = std::max(evaluator_config.nn_y, y_size);
  evaluator_config.require_exact_board =
      evaluator_config.nn_x == x_size && evaluator_config.nn_y == y_size;
  Evaluators out;
  out.main = std::make_shared<search::Evaluator>(models.main, evaluator_config);
  if (models.human) out.human = std::make_shared<search::Evaluator>(models.human, evaluator_config);
  return out;
}

}  // namespace hayago::gtp
