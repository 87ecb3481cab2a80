// `hayago compare`: how far one network's evaluations are from another's.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cli/output_file.h"
#include "gtp/cmd/commands.h"
#include "gtp/compare/report.h"
#include "gtp/report/progress.h"

namespace hayago::gtp {
namespace {

struct CompareFlags {
  CommonOptions common;
  std::string a, b, precision_a, precision_b, npz, json_file, html_file;
  std::vector<std::string> data;
  PositionOptions positions;
  int threads = 0;
};

std::optional<int> parse_flags(const Args& args, CompareFlags& flags) {
  CLI::App app(
      "Compares two networks, precisions or back ends on positions of real games: best moves, "
      "policies, winrates, score leads, ownership.\n"
      "A and B are network files, with settings after @ signs: net.bin.gz@fp32, "
      "net.safetensors@int8, net.bin.gz@cuda@fp16, net.bin.gz@ref, net.bin.gz@KEY=VALUE.\n"
      "Example: hayago compare net.bin.gz net.bin.gz@bf16 --data games --html report.html",
      "compare");
  add_config_options(app, flags.common);
  app.add_option("A", flags.a, "Network that counts as exact")->required();
  app.add_option("B", flags.b, "Network to compare with it")->required();
  app.add_option("--data", flags.data,
                 "Game records (SGF), folders with them, analysis queries or lines of `hayago "
                 "features` (*.jsonl, *.jsonl.gz)");
  app.add_option("--npz", flags.npz,
                 "Training positions with targets: policy and value loss of both networks")
      ->type_name("FILE");
  app.add_option("--positions", flags.positions.evaluate, "Most positions to compare")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--every", flags.positions.every_moves, "Moves between two positions of a record")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--size", flags.positions.size, "Board size of the games; 0: all sizes")
      ->check(CLI::Range(0, search::kMaxBoard))
      ->capture_default_str();
  app.add_option("--seed", flags.positions.seed, "Order of the games")->capture_default_str();
  app.add_option("--precision-a", flags.precision_a, "Short for A@PRECISION");
  app.add_option("--precision-b", flags.precision_b, "Short for B@PRECISION");
  app.add_option("--threads", flags.threads, "Threads (default: all cores)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--json", flags.json_file, "Also write everything as JSON")->type_name("FILE");
  app.add_option("--html", flags.html_file, "Also write a page with plots and the worst positions")
      ->type_name("FILE");
  return parse_args(app, args);
}

Side load(const std::string& text, const std::string& precision, const Config& config) {
  SideSpec spec = parse_side(text);
  if (!precision.empty()) spec.settings.push_back("precision=" + precision);
  return load_side(spec, config);
}

void add_positions(const CompareFlags& flags, CompareReport& report) {
  PositionSets sets = read_evaluation_positions(flags.data, flags.positions);
  for (const std::string& warning : sets.warnings) std::cerr << "WARNING: " << warning << '\n';
  report.positions = std::move(sets.evaluate);
  report.data.push_back(fmt::format("{} positions of {} games from {}.", report.positions.size(),
                                    report.positions.games.size(), fmt::join(flags.data, ", ")));
  if (sets.other_sizes + sets.duplicates + static_cast<int>(sets.warnings.size()) > 0) {
    report.data.push_back(
        fmt::format("Left out: {} games on other boards than {}x{}, {} that were there twice, {} "
                    "files or lines "
                    "that could not be read.",
                    sets.other_sizes, flags.positions.size, flags.positions.size, sets.duplicates,
                    sets.warnings.size()));
  }
}

void compare(int threads, CompareReport& report) {
  report.notes = held_out_notes(report);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "comparing", report.positions.size(),
                    "pos");
  report.comparison = compare_positions(*report.a.executor, *report.b.executor, report.positions,
                                        threads, [&] { progress.step(); });
  progress.finish();
}

LossPair losses(const CompareReport& report, const std::string& file, const TrainingSet& set,
                int threads) {
  LossPair pair;
  pair.file = std::filesystem::path(file).filename().string();
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "losses",
                    2 * static_cast<std::size_t>(set.count), "pos");
  const auto of = [&](const Side& side) -> std::optional<Losses> {
    if (!can_measure_losses(side.executor->info())) return std::nullopt;
    return measure_losses(*side.executor, set, threads, [&] { progress.step(); });
  };
  pair.a = of(report.a);
  pair.b = of(report.b);
  progress.finish();
  return pair;
}

int run(const CompareFlags& flags) {
  if (flags.data.empty() && flags.npz.empty()) {
    throw ConfigError("nothing to compare with: name positions with --data or --npz");
  }
  for (const std::string* file : {&flags.json_file, &flags.html_file}) {
    if (!file->empty()) require_writable(*file);
  }
  const Config config = load_config(flags.common, "compare");
  CompareReport report;
  std::optional<TrainingSet> training;
  if (!flags.npz.empty()) training = load_training_set(flags.npz);
  if (!flags.data.empty()) add_positions(flags, report);
  report.a = load(flags.a, flags.precision_a, config);
  report.b = load(flags.b, flags.precision_b, config);
  const int threads = flags.threads > 0
                          ? flags.threads
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (!flags.data.empty()) compare(threads, report);
  if (training) report.losses = losses(report, flags.npz, *training, threads);
  std::cout << report_text(report) << std::flush;
  if (!std::cout) throw ConfigError("the report could not be written to stdout");
  if (!flags.json_file.empty()) write_output_file(flags.json_file, json_text(report));
  if (!flags.html_file.empty()) write_output_file(flags.html_file, report_page(report));
  return 0;
}

}  // namespace

int run_compare(const Args& args) {
  CompareFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  return run(flags);
}

}  // namespace hayago::gtp
