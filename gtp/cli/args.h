// Command lines: single-dash long flags of the reference, flags that several subcommands share, and
// what happens on errors (exit status 2 with a hint) and -help (status 0).
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gtp/cli/words.h"
#include "gtp/config/config.h"

namespace hayago::gtp {

// "-model" -> "--model", "-model=x" -> "--model=x"; single letters, numbers and values stay. Cuts
// at
// "--" and "-ignore_rest".
Args normalise_args(const Args& args);

// The flags -config, -override-config, -model and -human-model.
struct CommonOptions {
  std::vector<std::string> configs;
  std::vector<std::string> overrides;
  std::string model;
  std::string human_model;
};
void add_config_options(CLI::App& app, CommonOptions& options);
void add_model_options(CLI::App& app, CommonOptions& options, bool with_human_model);

// Parses (after normalise_args). The exit status to return at once (help, version or error, already
// printed), or nullopt to go on.
std::optional<int> parse_args(CLI::App& app, const Args& args);

// Files of -config, or the default file of the subcommand if there is one, then the overrides.
// Throws ConfigError.
Config load_config(const CommonOptions& options, const std::string& subcommand);

}  // namespace hayago::gtp
