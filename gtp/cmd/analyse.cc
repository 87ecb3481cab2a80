// hayago analyse: what a game record was worth, move by move, for people.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "gtp/report/analyse_game.h"
#include "gtp/report/progress.h"
#include "gtp/report/record.h"
#include "gtp/report/render.h"

namespace hayago::gtp {
namespace {

struct AnalyseFlags {
  CommonOptions common;
  std::string file, json_file, svg_file;
  int visits = 50, threads = 0, from = 1, to = 0;
  bool no_color = false;
};

std::optional<int> parse_flags(const Args& args, AnalyseFlags& flags) {
  CLI::App app(
      "Analyses a game record (SGF): a table of all moves with winrate, lead, best move and "
      "loss, then the mistakes of each player. Marks: ? from 2 points or 5 %, ?? from 5 or "
      "12 %, ??? from 10 or 25 %.",
      "analyse");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, false);
  app.add_option("FILE", flags.file, "game record")->required();
  app.add_option("--visits", flags.visits, "visits per position (default 50)")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--threads", flags.threads, "positions at the same time (default: all cores)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--from", flags.from, "first move (default 1)")->check(CLI::PositiveNumber);
  app.add_option("--to", flags.to, "last move (default: the last of the game)")
      ->check(CLI::PositiveNumber);
  app.add_option("--json", flags.json_file, "also write the report as JSON")->type_name("FILE");
  app.add_option("--svg", flags.svg_file, "also write a plot")->type_name("FILE");
  app.add_flag("--no-color", flags.no_color, "no colours, even on a terminal");
  return parse_args(app, args);
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  out.close();
  if (!out) throw ConfigError("cannot write " + path);
}

// Problems of the record that a reader of the table should know, on stderr.
void print_warnings(const SgfGame& game) {
  for (const std::string& warning : game.warnings) std::cerr << "WARNING: " << warning << '\n';
  std::cerr << std::flush;
}

void check_range(const SgfGame& game, AnalyseFlags& flags) {
  const int count = static_cast<int>(game.moves.size());
  if (count == 0) throw SgfError(flags.file + ": the record has no moves to analyse");
  if (flags.to == 0) flags.to = count;
  if (flags.from > flags.to || flags.to > count) {
    throw ConfigError(fmt::format("--from {} --to {}: the record has moves 1 to {}", flags.from,
                                  flags.to, count));
  }
}

search::SearchParams search_params(const Config& config, int visits) {
  search::SearchParams defaults = search::analysis_defaults();
  // Widening shows more candidates but blurs the value of the best one, which the losses need.
  defaults.wide_root_noise = 0;
  search::SearchParams params = load_search_params(config, defaults, false);
  params.max_visits = visits;
  return params;
}

}  // namespace

int run_analyse(const Args& args) {
  AnalyseFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  SgfGame game = load_sgf_game(flags.file);
  check_range(game, flags);

  const Config config = load_config(flags.common, "analysis");
  AnalyseOptions options;
  options.params = search_params(config, flags.visits);
  options.first_move = flags.from;
  options.last_move = flags.to;
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int wanted = flags.threads > 0 ? flags.threads : cores;
  options.threads = std::min(wanted, flags.to - flags.from + 2);

  EvaluatorDefaults defaults;
  defaults.buffer_x = game.x_size;
  defaults.buffer_y = game.y_size;
  defaults.expected_concurrency = options.threads * options.params.num_search_threads;
  const auto evaluator = make_evaluator(find_model(flags.common.model).path, config, defaults);
  use_supported_rules(game, evaluator->info().version);
  print_warnings(game);

  const auto positions = static_cast<std::size_t>(flags.to - flags.from + 2);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) != 0, "analysing", positions, "pos");
  options.on_position = [&] { progress.step(); };
  const auto values = analyse_positions(game, options, *evaluator);
  progress.finish();

  const std::vector<search::Move> moves(game.moves.begin() + (flags.from - 1),
                                        game.moves.begin() + flags.to);
  const GameReport report =
      make_game_report(search::Board(game.x_size, game.y_size), moves, values, flags.from);
  const ReportNames names{game.black_name.empty() ? "Black" : game.black_name,
                          game.white_name.empty() ? "White" : game.white_name};
  const bool colours =
      !flags.no_color && ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::cout << record_title(game) << "\n\n"
            << move_table(report, colours) << '\n'
            << summary_text(report, names) << std::flush;
  if (!flags.json_file.empty()) {
    write_file(flags.json_file, report_json(report, names).dump(2) + "\n");
  }
  if (!flags.svg_file.empty()) write_file(flags.svg_file, report_svg(report, names));
  return 0;
}

}  // namespace hayago::gtp
