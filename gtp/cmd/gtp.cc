// `hayago gtp`: the Go Text Protocol on stdin and stdout.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "gtp/cli/args.h"
#include "gtp/cli/ending.h"
#include "gtp/cli/identity.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/backend.h"
#include "gtp/config/load_params.h"
#include "gtp/protocol/loop.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {
namespace {

// Start-up lines: to the log, and to stderr unless the log goes there or the user wants silence.
class StartLines {
 public:
  StartLines(Log& log, bool to_stderr) : log_(log), to_stderr_(to_stderr) {}
  void operator()(const std::string& line) const {
    if (to_stderr_) {
      log_.write_and_stderr(line);
    } else {
      log_.write(line);
    }
  }

 private:
  Log& log_;
  bool to_stderr_;
};

void report_unused_keys(const Config& config, const StartLines& say) {
  for (const std::string& warning : config.no_effect_warnings()) say("WARNING: " + warning);
  const std::vector<std::string> warnings = config.unused_key_warnings();
  if (warnings.empty()) return;
  say("--------------");
  for (const std::string& warning : warnings) say("WARNING: " + warning);
  say("--------------");
}

void report_start(const ParamStore& params, const GtpModels& models, const FoundModel& found,
                  const StartLines& say) {
  const Config& config = params.config();
  say(config.has_files() ? "Loaded config " + config.source()
                         : "No config file, using " + config.source());
  say(fmt::format("Loaded model {} ({})", found.path, found.how));
  if (models.has_human()) say("Loaded human SL model " + models.human_path);
  say("Model name: " + models.main->info().name);
  if (models.has_human()) say("Human SL model name: " + models.human->info().name);
  if (const auto devices = device_line(config, found.path)) say(*devices);
  say("Running on " + models.main->description());
}

std::string version_reply(const std::string& given, const GtpModels& models) {
  if (!given.empty()) return given;
  std::string version(kGtpVersion);
  version += "+" + short_model_name(models.main->info().name);
  if (models.has_human()) version += "+" + short_model_name(models.human->info().name);
  return version;
}

struct GtpFlags {
  CommonOptions common;
  std::string version, name;
};

std::optional<int> parse_flags(const Args& args, GtpFlags& flags) {
  CLI::App app("Play and analyse through the Go Text Protocol.", "gtp");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, true);
  app.add_option("--override-version", flags.version, "answer of the command 'version'")
      ->type_name("TEXT");
  app.add_option("--override-name", flags.name, "answer of the command 'name'")->type_name("TEXT");
  return parse_args(app, args);
}

void serve(Session& session, Output& output, LineQueue& queue) {
  const auto on_line = [&session](const std::string& line) {
    if (line.starts_with("# interrupt")) session.interrupt_blocking_search();
  };
  const auto on_signal = [&output](int number) { end_by_signal(output.mutex(), number); };
  InputReader reader(STDIN_FILENO, queue, on_line, kEndingSignals, on_signal);
  run_gtp_loop(session, queue);
}

}  // namespace

int run_gtp(const Args& args) {
  GtpFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  std::signal(SIGPIPE, SIG_IGN);  // a client that is gone: input ends soon, too

  Config config = load_config(flags.common, "gtp");
  if (!flags.name.empty()) config.set("gtpName", flags.name);
  Log log(config, false, false);
  const bool to_stderr = config.bool_or("startupPrintMessageToStderr", true);
  const StartLines say(log, to_stderr);
  log.write("GTP Engine starting...");
  say(std::string(kBanner));

  const bool has_human = !flags.common.human_model.empty();
  // Read once before the network is loaded, so that mistakes show at once.
  const search::Rules rules = ParamStore(config, has_human, true).settings().rules;
  say(fmt::format("Using {} rules initially, unless GTP/GUI overrides this",
                  search::rules_nice_name(rules)));
  const FoundModel found = find_model(flags.common.model);
  GtpModels models = load_gtp_models(found.path, flags.common.human_model, config);
  ParamStore params(config, has_human, models.some_uses_profiles());

  block_signals(kEndingSignals);
  LineQueue queue;
  std::function<void(const std::string&)> on_text;
  if (params.settings().log_communication) {
    on_text = [&log](const std::string& text) { log.write(text); };
  }
  Output output(std::cout, on_text);
  const std::string version = version_reply(flags.version, models);
  Session session(std::move(params), models, version, log, output, queue);
  const std::string problem = session.check_rules(rules);
  if (!problem.empty()) throw ConfigError(fmt::format("{} ({})", problem, config.source()));
  report_unused_keys(session.params().config(), say);
  report_start(session.params(), models, found, say);
  say("GTP ready, beginning main protocol loop");
  if (has_human && session.params().genmove().human_sl_profile.empty()) {
    say("WARNING: a human model is loaded, but humanSLProfile is not set: it has no effect until "
        "it is set by the configuration or by kata-set-param");
  }
  serve(session, output, queue);
  return 0;
}

}  // namespace hayago::gtp
