#include "gtp/cli/args.h"

#include <cctype>
#include <iostream>

#include "gtp/cli/version.h"
#include "gtp/config/load_params.h"

namespace hayago::gtp {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// Every flag after its first two letters looks like "-model", "-t2"-style bundles do not exist.
bool is_single_dash_long_flag(const std::string& word) {
  return word.size() > 2 && word[0] == '-' && is_letter(word[1]) && word[2] != '=';
}

}  // namespace

Args normalise_args(const Args& args) {
  Args out;
  for (const std::string& word : args) {
    if (word == "--" || word == "-ignore_rest" || word == "--ignore_rest") break;
    out.push_back(is_single_dash_long_flag(word) ? "-" + word : word);
  }
  return out;
}

void add_config_options(CLI::App& app, CommonOptions& options) {
  app.add_option("--config", options.configs,
                 "configuration file; may be repeated, later files win")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--override-config", options.overrides,
                 "key=value pairs, separated by commas, that replace those of the files; may be "
                 "repeated")
      ->type_name("KEY=VALUE,...")
      ->allow_extra_args(false);
}

void add_model_options(CLI::App& app, CommonOptions& options, bool with_human_model) {
  app.add_option(
         "--model", options.model,
         "network file (.bin.gz, .txt.gz, .bin, .txt, .safetensors, .safetensors.gz); auto: the "
         "newest one here, in ./weights or beside the program; builtin: the small one in the "
         "program, which is taken where no other is found")
      ->type_name("FILE");
  if (with_human_model) {
    app.add_option("--human-model", options.human_model, "network that imitates human players")
        ->type_name("FILE");
  }
}

std::optional<int> parse_args(CLI::App& app, const Args& args) {
  bool show_version = false;
  app.set_help_flag("-h,--help", "print this text");
  app.add_flag("--version", show_version, "print the version");
  Args words = normalise_args(args);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // what CLI11 wants
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    std::cerr << error.what() << "\nTry 'hayago " << app.get_name() << " -help'.\n";
    return 2;
  }
  if (show_version) {
    std::cout << app.get_name() << " version: " << version_text();
    return 0;
  }
  return std::nullopt;
}

Config load_config(const CommonOptions& options, const std::string& subcommand) {
  Config config;
  for (const std::string& path : options.configs) config.load_file(path);
  if (options.configs.empty()) {
    if (const auto path = find_config(subcommand)) config.load_file(*path);
  }
  for (const std::string& overrides : options.overrides) config.apply_overrides(overrides);
  return config;
}

}  // namespace hayago::gtp
