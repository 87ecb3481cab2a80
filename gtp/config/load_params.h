// From configuration to search and evaluator parameters.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "gtp/config/config.h"
#include "nn/exec/executor.h"
#include "search/eval/evaluator.h"
#include "search/params.h"

namespace hayago::gtp {

// Reads every search parameter on top of `defaults`. Keys that depend on each other (spec/05
// section 1: e.g. rootFpuReductionMax 0 with noise, rootPolicyOptimism = min(policyOptimism, 0.2))
// are resolved here. Throws ConfigError.
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

// Loads the network file and prepares it for this machine (keys of gtp/config/backend.h, cpuIsa,
// cpuConvAlgorithm, cpuInt8Algorithm, cpuTuning, nnCheck, debugSkipNeuralNet; environment
// HAYAGO_BACKEND, HAYAGO_ISA). Share the result between evaluators of different buffer sizes: the
// weights are packed once. Throws ConfigError, nn::ModelError or kernels::GpuError. With
// gpuFallback = cpu failures of devices end in a warning on stderr.
std::shared_ptr<const nn::Executor> make_executor(const std::string& model_path,
                                                  const Config& config);

// How the CPU would run a network, whether there are other devices or not; without what was
// measured for it. Throws ConfigError.
nn::CpuOptions cpu_options(const Config& config);

// Evaluations are made up instead (debugSkipNeuralNet, or the path /dev/null).
bool skips_network(const Config& config, const std::string& model_path);

// make_executor and an evaluator on top. Throws ConfigError or nn::ModelError.
std::unique_ptr<search::Evaluator> make_evaluator(const std::string& model_path,
                                                  const Config& config,
                                                  const EvaluatorDefaults& defaults);

// Where to look for the network: -model FILE (or "builtin"), or with -model auto the newest file of
// the current folder, its folder weights and the executable's; when none is named: $HAYAGO_MODEL,
// else default_model.bin.gz, .txt.gz, .safetensors or .safetensors.gz beside the executable, in
// $XDG_DATA_HOME/hayago, ~/.hayago, ~/.katago, /usr/share/hayago, /usr/share/katago; else the
// network in the program (nn/default). Throws ConfigError only for auto.
struct FoundModel {
  std::string path;
  std::string how;  // "given by -model", "from HAYAGO_MODEL", "default in /home/me/.katago", ...
};
FoundModel find_model(const std::string& given);

// The same for configuration files (default_<subcommand>.cfg, or $HAYAGO_CONFIG), in the folder of
// the executable, $XDG_CONFIG_HOME/hayago, ~/.hayago, ~/.katago; nullopt when none was found.
std::optional<std::string> find_config(const std::string& subcommand);

}  // namespace hayago::gtp
