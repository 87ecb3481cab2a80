// hayago play: a game against the engine on a terminal.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "gtp/cli/args.h"
#include "gtp/cli/ending.h"
#include "gtp/cli/identity.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "gtp/play/table.h"

namespace hayago::gtp {
namespace {

// About a second of a small network on an ordinary processor; the time keeps large networks from
// taking minutes.
constexpr int kDefaultVisits = 200;
constexpr double kDefaultSeconds = 2;

struct PlayFlags {
  CommonOptions common;
  int size = 0, handicap = 0, visits = 0;
  std::optional<double> komi;
  std::string rules, colour = "black";
  bool no_color = false;
};

std::optional<int> parse_flags(const Args& args, PlayFlags& flags) {
  CLI::App app(
      "A game against hayago on a terminal: type D4 to play there, 'help' for everything else.\n"
      "Example: hayago play --size 9 --colour white --rules japanese",
      "play");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, true);
  app.add_option("--size,--boardsize", flags.size, "lines of the board (default 19)")
      ->check(CLI::Range(2, search::kMaxBoard));
  app.add_option("--komi", flags.komi,
                 "points for White (default: that of the rules; 0.5 with a handicap)")
      ->check(CLI::Range(-400.0, 400.0));
  app.add_option("--rules", flags.rules,
                 "rules (default: those of the configuration, else chinese)")
      ->type_name("RULES");
  app.add_option("--colour,--color", flags.colour,
                 "what you play: black (default), white, both (hayago only advises) or none "
                 "(hayago plays itself, a move for every Enter)")
      ->check(CLI::IsMember({"black", "white", "both", "none"}));
  app.add_option("--handicap", flags.handicap, "stones that Black has at the start, from 2")
      ->check(CLI::Range(2, 30));
  app.add_option("--visits", flags.visits,
                 fmt::format("visits of hayago's searches (default: the configuration's limits, "
                             "else {} and at most {:g} seconds)",
                             kDefaultVisits, kDefaultSeconds))
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_flag("--no-color", flags.no_color, "no colours, even on a terminal");
  return parse_args(app, args);
}

Config play_config(const PlayFlags& flags) {
  Config config = load_config(flags.common, "gtp");
  const bool has_limits =
      config.contains("maxVisits") || config.contains("maxPlayouts") || config.contains("maxTime");
  if (flags.visits > 0) {
    config.set("maxVisits", std::to_string(flags.visits));
  } else if (!has_limits) {
    config.set("maxVisits", std::to_string(kDefaultVisits));
    config.set("maxTime", fmt::format("{:g}", kDefaultSeconds));
  }
  if (flags.size > 0) {
    config.set("defaultBoardXSize", std::to_string(flags.size));
    config.set("defaultBoardYSize", std::to_string(flags.size));
  }
  return config;
}

// Chinese rules unless somebody wants others: under those of the protocol, dead stones would have
// to be taken before the passes.
search::Rules chosen_rules(const PlayFlags& flags, const Config& config,
                           const search::Rules& configured) {
  search::Rules rules = configured;
  const bool has_rules = config.contains("rules") || config.contains("koRule");
  if (!flags.rules.empty() || !has_rules) {
    const std::string name = flags.rules.empty() ? "chinese" : flags.rules;
    const auto parsed = search::parse_rules(name);
    if (!parsed) throw ConfigError(fmt::format("--rules {}: {}", name, parsed.error));
    rules = *parsed.value;
  }
  if (flags.handicap > 0) rules.komi = 0.5f;
  if (flags.komi) {
    if (!search::is_half_integer_komi(*flags.komi)) {
      throw ConfigError(
          fmt::format("--komi {:g}: must be an integer or half-integer", *flags.komi));
    }
    rules.komi = static_cast<float>(*flags.komi);
  }
  return rules;
}

PlaySettings play_settings(const PlayFlags& flags) {
  PlaySettings settings;
  settings.person = {flags.colour == "black" || flags.colour == "both",
                     flags.colour == "white" || flags.colour == "both"};
  settings.handicap = flags.handicap;
  settings.colours =
      !flags.no_color && ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return settings;
}

void warn(const Config& config, bool has_human, const std::string& profile) {
  for (const std::string& warning : config.no_effect_warnings()) {
    std::cerr << "WARNING: " << warning << '\n';
  }
  for (const std::string& warning : config.unused_key_warnings()) {
    std::cerr << "WARNING: " << warning << '\n';
  }
  if (has_human && profile.empty()) {
    std::cerr << "WARNING: a human model has no effect without humanSLProfile, such as "
                 "-override-config humanSLProfile=rank_5k\n";
  }
  std::cerr << std::flush;
}

// Lines until the end; the status.
int converse(PlayTable& table, LineQueue& queue) {
  std::atomic<int> ended_by{0};
  std::timed_mutex nothing;  // output is written by the main thread only
  const auto on_signal = [&](int number) {
    // The second time somebody does not want to wait for a search to end.
    if (ended_by.exchange(number) != 0) end_by_signal(nothing, number);
    table.interrupt();
    queue.close();
  };
  InputReader reader(STDIN_FILENO, queue, {}, kEndingSignals, on_signal);
  const bool asks = ::isatty(STDIN_FILENO) != 0;
  table.begin();
  for (;;) {
    if (asks && ended_by == 0) std::cout << table.prompt() << std::flush;
    const LineQueue::Event event = queue.pop();
    if (ended_by != 0) {
      table.farewell("\nInterrupted.");
      return 128 + ended_by;
    }
    if (event.kind != LineQueue::Event::Kind::kLine) {
      table.farewell(asks ? "\nEnd of input." : "End of input.");
      return 0;
    }
    if (!table.handle(event.line)) {
      table.farewell("");
      return 0;
    }
  }
}

}  // namespace

int run_play(const Args& args) {
  PlayFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that is gone: input ends soon, too
  const Config config = play_config(flags);
  Log log(config, false, false);
  log.keep_off_stderr();  // the screen belongs to the board
  const bool has_human = !flags.common.human_model.empty();
  // Read once before the network is loaded, so that mistakes show at once.
  const search::Rules rules =
      chosen_rules(flags, config, ParamStore(config, has_human, true).settings().rules);
  const FoundModel found = find_model(flags.common.model);
  std::cout << kBanner << '\n'
            << fmt::format("Network {} ({}).", found.path, found.how) << std::endl;
  const GtpModels models = load_gtp_models(found.path, flags.common.human_model, config);
  ParamStore params(config, has_human, models.some_uses_profiles());

  block_signals(kEndingSignals);
  Output output(std::cout);
  LineQueue queue;
  Session session(std::move(params), models, "", log, output, queue);
  if (const std::string problem = session.check_rules(rules); !problem.empty()) {
    throw ConfigError(fmt::format("--rules: {}", problem));
  }
  session.set_rules(rules);
  session.set_komi(rules.komi);
  warn(session.params().config(), has_human, session.params().genmove().human_sl_profile);
  PlayTable table(session, play_settings(flags),
                  [](const std::string& text) { std::cout << text << std::flush; });
  const std::string problem = table.set_up(session.board().x_size(), session.board().y_size());
  if (!problem.empty()) throw ConfigError("--handicap: " + problem);
  return converse(table, queue);
}

}  // namespace hayago::gtp
