// hayago match: games between two configurations or GTP engines, counted.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "gtp/config/parse.h"
#include "gtp/match/external_player.h"
#include "gtp/match/local_player.h"
#include "gtp/match/match.h"
#include "gtp/sgf/header.h"

namespace hayago::gtp {
namespace {

constexpr int kGamesWithSprt = 20000;  // when only the test is to end the match

struct MatchFlags {
  CommonOptions common;
  MatchOptions match;
  std::string size, rules = "tromp-taylor", sprt, sgf = "games", progress = "text";
  std::string komi;
  int games = 0;
};

void add_player_options(CLI::App& app, PlayerOptions& player, const std::string& letter) {
  const std::string flag = "--" + letter + "-";
  const std::string who = letter == "a" ? "player A" : "player B";
  app.add_option(flag + "cmd", player.command,
                 who +
                     " is a GTP engine: its command line; {game} in it becomes the number of the "
                     "game and a new process is started for each")
      ->type_name("COMMAND");
  app.add_option(flag + "override", player.overrides,
                 who + " is hayago with these key=value pairs; may be repeated")
      ->type_name("KEY=VALUE,...")
      ->allow_extra_args(false);
  app.add_option(flag + "config", player.configs, who + ": configuration file; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option(flag + "model", player.model, who + ": network file")->type_name("FILE");
  app.add_option(flag + "human-model", player.human_model, who + ": network that imitates humans")
      ->type_name("FILE");
  app.add_option(flag + "name", player.name, who + ": name in tables and records")
      ->type_name("NAME");
}

void add_game_options(CLI::App& app, MatchFlags& flags) {
  MatchOptions& m = flags.match;
  app.add_option("--visits", m.visits, "visits per move of hayago (default 100 without --time)")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--size,--boardsize", flags.size, "board, N or WIDTHxHEIGHT (default 19)")
      ->type_name("N");
  app.add_option("--komi", flags.komi, "komi (default 7.5 or that of the rules)")
      ->type_name("POINTS");
  app.add_option("--rules", flags.rules, "rules by name or as JSON (default tromp-taylor)")
      ->type_name("RULES");
  app.add_option("--time", m.time_text,
                 "time control: \"10,3x1\" = 10 s and 3 periods of 1 s, \"0.2/move\", \"60+1\", "
                 "\"300\"")
      ->type_name("CONTROL");
  app.add_option("--time-tolerance", m.time_tolerance,
                 "seconds per move that an external engine is not charged for, because of the "
                 "pipes (default 0.05); hayago in this process gets none")
      ->check(CLI::Range(0.0, 60.0));
  app.add_option("--move-timeout", m.move_timeout,
                 "without --time: seconds after which an external engine has failed (default 300)")
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--max-moves", m.max_moves, "then the position is scored (default 3 per point)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--resign-winrate", m.resign_winrate,
                 "a game ends when both players give the same one at most this chance (0 to 0.4; "
                 "default 0, off); not with external engines")
      ->check(CLI::Range(0.0, 0.4));
  app.add_option("--resign-moves", m.resign_moves,
                 "for so many moves of both players in a row (default 6)")
      ->check(CLI::Range(2, 1000));
}

void add_match_options(CLI::App& app, MatchFlags& flags) {
  MatchOptions& m = flags.match;
  app.add_option("--games", flags.games,
                 "number of games, even (default 100; the most with --sprt, default 20000)")
      ->check(CLI::Range(2, 10'000'000));
  app.add_option("--parallel", m.parallel, "games at the same time (default: all cores)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--sprt", flags.sprt,
                 "stop when the test of elo0 against elo1 has decided; default alpha, beta 0.05")
      ->type_name("ELO0,ELO1[,ALPHA,BETA]");
  app.add_option("--openings", m.openings, "SGF file, or folder of *.sgf, with openings")
      ->type_name("PATH")
      ->check(CLI::ExistingPath);
  app.add_option("--opening-moves", m.opening_moves,
                 "random moves of an opening (default 8 on 19x19, 0 = empty board), or of records "
                 "the first so many (default all)")
      ->check(CLI::Range(0, 1000));
  app.add_option("--opening-kind", m.opening_kind,
                 "random openings from the network's policy (default) or uniform")
      ->check(CLI::IsMember({"policy", "uniform"}));
  app.add_option("--seed", m.seed, "of openings and searches (default 'match')")->type_name("TEXT");
  app.add_option("--out", m.out,
                 "directory of the results (default 'match'); the same command "
                 "again takes up an interrupted match")
      ->type_name("DIR");
  app.add_option("--sgf", flags.sgf, "records: games (one file each, default), one, none")
      ->check(CLI::IsMember({"games", "one", "none"}));
  app.add_flag("--comments", m.comments, "records say what the players thought of every move");
  app.add_option("--progress", flags.progress,
                 "text (default), json (events, one per line) or none")
      ->check(CLI::IsMember({"text", "json", "none"}));
}

std::optional<int> parse_flags(const Args& args, MatchFlags& flags) {
  CLI::App app(
      "Plays games between two players, A and B: configurations of hayago in this process, or "
      "GTP engines. Every opening is played twice with colours exchanged.",
      "match");
  add_player_options(app, flags.match.players[0], "a");
  add_player_options(app, flags.match.players[1], "b");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, true);
  // Scripts give defaults, their callers other values.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_game_options(app, flags);
  add_match_options(app, flags);
  flags.match.parallel = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return parse_args(app, args);
}

[[noreturn]] void wrong_flag(const char* flag, const std::string& problem) {
  throw ConfigError(fmt::format("{}: {}", flag, problem));
}

void set_board_and_rules(MatchFlags& flags) {
  MatchOptions& m = flags.match;
  if (!flags.size.empty()) {
    const auto sides = parse_sgf_size(flags.size);
    const auto in_range = [](int n) { return n >= 2 && n <= search::kMaxBoard; };
    if (!sides || !in_range(sides->first) || !in_range(sides->second)) {
      wrong_flag("--size", fmt::format("expected 2 to {} or WIDTHxHEIGHT, not '{}'",
                                       search::kMaxBoard, flags.size));
    }
    m.x_size = sides->first;
    m.y_size = sides->second;
  }
  const auto rules = search::parse_rules(flags.rules);
  if (!rules) wrong_flag("--rules", rules.error);
  m.rules = *rules.value;
  if (!flags.komi.empty()) {
    const auto komi = parse_double(flags.komi);
    constexpr double kLargest = 400;
    if (!komi || !search::is_half_integer_komi(*komi) || std::abs(*komi) > kLargest) {
      wrong_flag("--komi", fmt::format("expected a number of half points, not '{}'", flags.komi));
    }
    m.rules.komi = static_cast<float>(*komi);
  }
  if (m.max_moves == 0) m.max_moves = 3 * m.x_size * m.y_size;
}

void set_players(MatchFlags& flags) {
  MatchOptions& m = flags.match;
  for (std::size_t side : {0, 1}) {
    PlayerOptions& player = m.players[side];
    if (player.name.empty()) player.name = side == 0 ? "A" : "B";
    const bool has_settings = !player.configs.empty() || !player.overrides.empty() ||
                              !player.model.empty() || !player.human_model.empty();
    if (player.is_external()) {
      if (!has_settings) continue;
      wrong_flag(side == 0 ? "--a-cmd" : "--b-cmd",
                 "an external engine cannot have a configuration, overrides or a network here");
    }
    const auto prepend = [](std::vector<std::string>& own, const std::vector<std::string>& common) {
      own.insert(own.begin(), common.begin(), common.end());
    };
    prepend(player.configs, flags.common.configs);
    prepend(player.overrides, flags.common.overrides);
    player.model = find_model(player.model.empty() ? flags.common.model : player.model).path;
    if (player.human_model.empty()) player.human_model = flags.common.human_model;
  }
  if (m.players[0].name == m.players[1].name) wrong_flag("--b-name", "both players have this name");
}

void complete(MatchFlags& flags) {
  MatchOptions& m = flags.match;
  set_board_and_rules(flags);
  set_players(flags);
  m.games = flags.games > 0 ? flags.games : flags.sprt.empty() ? m.games : kGamesWithSprt;
  if (m.games % 2 != 0) {
    wrong_flag("--games", "expected an even number: every opening is played with both colours");
  }
  m.parallel = std::min(m.parallel, m.games);
  if (!m.time_text.empty()) {
    const auto time = parse_match_time(m.time_text);
    if (!time) wrong_flag("--time", time.error);
    m.time = time.value;
  }
  if (!flags.sprt.empty()) {
    const auto sprt = parse_sprt(flags.sprt);
    if (!sprt) wrong_flag("--sprt", sprt.error);
    m.sprt = sprt.value;
  }
  if (m.resign_winrate > 0 && (m.players[0].is_external() || m.players[1].is_external())) {
    wrong_flag("--resign-winrate", "an external engine does not tell its winrate");
  }
  m.sgf = flags.sgf == "none"  ? SgfOutput::kNone
          : flags.sgf == "one" ? SgfOutput::kOneFile
                               : SgfOutput::kPerGame;
  m.progress = flags.progress == "none"   ? ProgressOutput::kNone
               : flags.progress == "json" ? ProgressOutput::kJson
                                          : ProgressOutput::kText;
}

std::unique_ptr<ContestantSource> make_source(const MatchOptions& options,
                                              const PlayerOptions& player, EvaluatorPool& pool) {
  const auto warn = [&](const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
      std::cerr << "WARNING: player " << player.name << ": " << warning << std::endl;
    }
  };
  if (player.is_external()) {
    auto source = std::make_unique<ExternalSource>(options, player);
    warn(source->warnings());
    return source;
  }
  auto source = std::make_unique<LocalSource>(options, player, pool);
  warn(source->warnings());
  return source;
}

MatchSummary play(const MatchOptions& options, MatchStore& store) {
  MatchProgress progress(std::cerr, ::isatty(STDERR_FILENO) != 0, options,
                         summarise(store.games(), options.sprt));
  EvaluatorPool pool;
  const auto a = make_source(options, options.players[0], pool);
  const auto b = make_source(options, options.players[1], pool);
  const auto evaluator = a->is_external() ? b->evaluator() : a->evaluator();
  Match match(options, {a.get(), b.get()}, make_openings(options, evaluator), store, progress);
  try {
    const MatchSummary summary = match.run();
    progress.finish(summary, true);
    return summary;
  } catch (...) {
    progress.finish(summarise(store.games(), options.sprt), false);
    std::cerr << "The match is not complete; its " << store.games().size()
              << " finished games are kept in " << options.out << std::endl;
    throw;
  }
}

}  // namespace

int run_match(const Args& args) {
  MatchFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  std::signal(SIGPIPE, SIG_IGN);  // an engine that has ended is noticed when it does not answer
  complete(flags);
  const MatchOptions& options = flags.match;
  MatchStore store(options.out, match_conditions(options), options.sgf);
  if (!store.games().empty()) {
    std::cerr << fmt::format("Going on with the match in {}: {} games are finished\n", options.out,
                             store.games().size());
  }
  if (store.bytes_dropped() > 0) {
    std::cerr << fmt::format("An incomplete last line of {} bytes was removed\n",
                             store.bytes_dropped());
  }
  const MatchSummary summary = play(options, store);
  const std::string table = summary_table(summary, options);
  store.write_file("summary.txt", table);
  std::cout << table << std::flush;
  return 0;
}

}  // namespace hayago::gtp
