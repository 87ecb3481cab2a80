// hayago analysis: many positions at once through JSON lines (spec/08).
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cli/ending.h"
#include "gtp/cli/identity.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/backend.h"
#include "gtp/config/load_params.h"
#include "gtp/config/seeds.h"
#include "gtp/json/session.h"
#include "gtp/log/log.h"
#include "gtp/patterns/avoid_records.h"

namespace hayago::gtp {
namespace {

struct AnalysisFlags {
  CommonOptions common;
  int threads = 0;
  bool quit_without_waiting = false;
};

// One search thread per position makes the best use of many cores, so positions take the cores.
int choose_threads(const Config& config, const AnalysisFlags& flags, int threads_per_search) {
  constexpr int kMax = 16384;
  if (flags.threads > 0) {
    if (config.contains("numAnalysisThreads")) {
      throw ConfigError("give either -analysis-threads or the key numAnalysisThreads (" +
                        config.where("numAnalysisThreads") + "), not both");
    }
    return std::min(flags.threads, kMax);
  }
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return config.int_or("numAnalysisThreads", 1, kMax, std::max(1, cores / threads_per_search));
}

std::unique_ptr<search::Evaluator> load_human_model(const Config& config, const std::string& path,
                                                    const EvaluatorDefaults& defaults) {
  if (path.empty()) return nullptr;
  auto evaluator = make_evaluator(path, config, defaults);
  if (evaluator->info().c_meta == 0) {
    throw ConfigError(path + " does not imitate human players: it has no input for a profile");
  }
  return evaluator;
}

void warn_about_unused_keys(const Config& config, Log& log) {
  for (const std::string& warning : config.no_effect_warnings()) {
    log.write_and_stderr("WARNING: " + warning);
  }
  for (const std::string& warning : config.unused_key_warnings()) {
    log.write_and_stderr("WARNING: " + warning);
  }
}

std::string describe(const search::Evaluator& evaluator) {
  return evaluator.info().name + " (version " + std::to_string(evaluator.info().version) + ", " +
         evaluator.info().kind + "), " + evaluator.executor().description();
}

void log_statistics(const search::Evaluator& evaluator, Log& log) {
  const search::EvaluatorStats stats = evaluator.stats();
  log.write(evaluator.info().file_name);
  log.write("NN rows: " + std::to_string(stats.rows));
  log.write("NN batches: " + std::to_string(stats.batches));
  const double average = stats.batches == 0
                             ? 0.0
                             : static_cast<double>(stats.rows) / static_cast<double>(stats.batches);
  log.write("NN avg batch size: " + std::to_string(average));
}

std::optional<int> parse_flags(const Args& args, AnalysisFlags& flags) {
  CLI::App app(
      "Analyses many positions at once: one JSON request per line on stdin, one JSON "
      "response per line on stdout.",
      "analysis");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, true);
  app.add_option("--analysis-threads", flags.threads,
                 "positions searched at the same time (default: key numAnalysisThreads, else one "
                 "per core)")
      ->check(CLI::Range(1, 16384));
  app.add_flag("--quit-without-waiting", flags.quit_without_waiting,
               "at the end of input drop what is not finished");
  return parse_args(app, args);
}

}  // namespace

int run_analysis(const Args& args) {
  AnalysisFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  // A client that goes away shows as a failed write, not as a signal.
  std::signal(SIGPIPE, SIG_IGN);
  LineWriter out(STDOUT_FILENO);
  const EndingSignals signals(out.mutex());

  const Config config = load_config(flags.common, "analysis");
  Log log(config, false, true);
  log.write("Analysis Engine starting...");
  log.write_and_stderr(std::string(kBanner));

  const bool has_human_model = !flags.common.human_model.empty();
  QueryContext context = load_query_context(config, has_human_model);
  SessionOptions options;
  options.threads = choose_threads(config, flags, context.params.num_search_threads);
  EvaluatorDefaults defaults;
  // The reference's 2^23 entries can take 15 GB; without a configuration file stay modest.
  defaults.cache_power = config.has_files() ? 23 : 20;
  defaults.mutex_power = 17;
  defaults.expected_concurrency = options.threads * context.params.num_search_threads;
  const FoundModel model = find_model(flags.common.model);
  const auto evaluator = make_evaluator(model.path, config, defaults);
  const auto human = load_human_model(config, flags.common.human_model, defaults);

  context.model_version = evaluator->info().version;
  context.main_needs_profile = evaluator->info().c_meta > 0;
  context.max_board_x = evaluator->config().nn_x;
  context.max_board_y = evaluator->config().nn_y;
  options.evaluator = evaluator.get();
  options.human_evaluator = human.get();
  options.model_path = model.path;
  options.human_model_path = flags.common.human_model;
  options.rand_seed = seed_or_random(config, "searchRandSeed");
  options.patterns =
      load_record_patterns(config, [&log](const std::string& line) { log.write_and_stderr(line); });
  options.log_requests = config.bool_or("logAllRequests", false);
  options.log_responses = config.bool_or("logAllResponses", false);
  options.log_errors = config.bool_or("logErrorsAndWarnings", true);
  options.log_searches = config.bool_or("logSearchInfo", false);

  warn_about_unused_keys(config, log);
  if (config.has_files()) log.write("Loaded config " + config.source());
  if (const auto devices = device_line(config, model.path)) log.write(*devices);
  log.write("Loaded model " + model.path + " (" + model.how + "): " + describe(*evaluator));
  if (human)
    log.write("Loaded human SL model " + flags.common.human_model + ": " + describe(*human));
  if (human && context.params.human_sl_profile.empty()) {
    log.write_and_stderr(
        "Warning: -human-model is given but no humanSLProfile; only queries that set it in "
        "overrideSettings will use the human model.");
  }
  log.write("Analyzing up to " + std::to_string(options.threads) +
            " positions at a time in parallel");

  LineReader in(STDIN_FILENO);
  {
    AnalysisSession session(context, options, out, log);
    log.write_and_stderr("Started, ready to begin handling requests");
    session.run(in, flags.quit_without_waiting);
  }
  log_statistics(*evaluator, log);
  if (human) log_statistics(*human, log);
  log.write("All cleaned up, quitting");
  if (out.failed()) log.write_and_stderr("The reader of stdout went away; stopped.");
  return 0;
}

}  // namespace hayago::gtp
