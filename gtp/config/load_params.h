// From configuration to search and evaluator parameters.
#pragma once
#include <memory>
#include <string>

#include "gtp/config/config.h"
#include "search/eval/evaluator.h"
#include "search/params.h"

namespace hayago::gtp {

// Reads every search parameter on top of `defaults`. Keys that depend on each other (spec/05: e.g.
// rootFpuReductionMax 0 with noise, rootPolicyOptimism = min(policyOptimism, 0.2)) are resolved
// here. Throws ConfigError.
search::SearchParams load_search_params(const Config& config, const search::SearchParams& defaults,
                                        bool has_human_model);

// spec/09 section 4.2; default_cache_power and buffer size differ per subcommand.
struct EvaluatorDefaults {
  int buffer_x = 19, buffer_y = 19;
  bool require_exact_board = false;
  int cache_power = 20, mutex_power = 16;
  int expected_concurrency = 1;
};
search::EvaluatorConfig load_evaluator_config(const Config& config,
                                              const EvaluatorDefaults& defaults);

// Loads the network file and builds executor and evaluator (keys cpuIsa, nnCheck, ...; environment
// HAYAGO_ISA). Throws ConfigError or nn::ModelError.
std::unique_ptr<search::Evaluator> make_evaluator(const std::string& model_path,
                                                  const Config& config,
                                                  const EvaluatorDefaults& defaults);

// The model search of issue 2 item 7: -model FILE, else HAYAGO_MODEL, else default_model.bin.gz /
// default_model.txt.gz beside the executable, in $XDG_DATA_HOME/hayago, ~/.hayago, ~/.katago,
// /usr/share/hayago, /usr/share/katago, else (development only) ../shared/models of the source
// tree. Throws ConfigError that lists the places tried and says where to get a network.
struct FoundModel {
  std::string path;
  std::string how;  // "given by -model", "from HAYAGO_MODEL", "default in ~/.katago", ...
};
FoundModel find_model(const std::string& given);

// The same for configuration files; nullopt when none was given and none found.
std::optional<std::string> find_config(const std::string& subcommand);

}  // namespace hayago::gtp
