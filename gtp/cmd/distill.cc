// `hayago distill`: a small network that learns from a large one.
#include "gtp/distill/distill.h"

#include <algorithm>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"

namespace hayago::gtp {
namespace {

void add_position_flags(CLI::App& app, DistillOptions& o) {
  app.add_option("--positions", o.positions, "Positions to learn from, at least")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--sizes", o.sizes,
                 "Board sizes or ranges of them, each with the weight of its positions behind a "
                 "colon")
      ->capture_default_str();
  app.add_option("--rules", o.rules, "Rule sets, each with the weight of its games behind a colon")
      ->capture_default_str();
  app.add_option("--komi-spread", o.games.komi_spread,
                 "Deviation of komi from a fair one in points; six times that in a fifth of games")
      ->check(CLI::Range(0.0, 50.0))
      ->capture_default_str();
  app.add_option("--opening", o.games.opening,
                 "Random first moves of a game, at most so many times the edge of the board")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--random-moves", o.games.random_moves, "Share of later moves that are random")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--temperature", o.games.temperature,
                 "Of the policy that the other moves are drawn from; half to one and a half of it")
      ->check(CLI::Range(0.01, 10.0))
      ->capture_default_str();
  app.add_option("--every", o.games.every_moves, "One position in so many is kept")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--held-out", o.games.held_out, "Share of the games that judge the student")
      ->check(CLI::Range(0.001, 0.9))
      ->capture_default_str();
  app.add_option("--judge", o.judge_positions, "Most held-out positions that a report looks at")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

void add_training_flags(CLI::App& app, DistillOptions& o) {
  app.add_option("--batch", o.batch, "Positions of a step")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--shards", o.shards,
                 "Parts of a batch that threads share, at most; other parts round differently")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--optimizer", o.optimizer, "sgd: gradient descent with momentum")
      ->check(CLI::IsMember({"adamw", "sgd"}))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "After the warm-up; falls as half a cosine")
      ->check(CLI::Range(1e-9, 100.0))
      ->capture_default_str();
  app.add_option("--last-learning-rate", o.last_learning_rate, "That of the last step")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--warm-up", o.warm_up,
                 "Steps in which the learning rate rises; a fifth of all at most")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--weight-decay", o.weight_decay, "Per step, times the learning rate")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--ema", o.average_decay, "Decay of the average of the weights, the student")
      ->check(CLI::Range(0.0, 0.999999))
      ->capture_default_str();
  app.add_option("--steps", o.steps, "Steps of training (default: 20000)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  app.add_option("--hours", o.hours, "As many steps as take so long here, instead of --steps")
      ->check(CLI::Range(0.001, 10000.0));
}

void add_run_flags(CLI::App& app, DistillOptions& o) {
  app.add_option("--seed", o.games.seed, "Of games, first weights and the order of the positions")
      ->capture_default_str();
  app.add_option("--work", o.work,
                 "Folder for positions and checkpoints (default: the output's name with .distill)");
  app.add_option("--report", o.page_file, "Write a page with plots at every report")
      ->type_name("FILE");
  app.add_option("--log", o.log_file, "Write the reports as JSON lines")->type_name("FILE");
  app.add_option("--report-every", o.report_every,
                 "Steps between two reports (default: a fiftieth of all)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  app.add_option("--checkpoint", o.checkpoint_minutes, "Minutes between two checkpoints")
      ->check(CLI::Range(0.01, 10000.0))
      ->capture_default_str();
  app.add_option("--threads", o.threads, "Threads (default: all cores)")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--resume", o.must_resume,
               "Go on with an interrupted run, which the same command does by itself, or fail if "
               "there is none");
}

}  // namespace

int run_distill(const Args& args) {
  DistillOptions options;
  options.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  CLI::App app("Trains a small network to say what a large one says, on positions of its own games",
               "distill");
  app.add_option("--teacher", options.teacher, "Network to learn from")->required();
  app.add_option("-o,--output", options.output, "File to write: .bin.gz, .txt.gz, .bin or .txt")
      ->required();
  auto* const arch =
      app.add_option("--arch", options.arch, "Architecture, see hayago synth-net --list")
          ->capture_default_str();
  app.add_option("--start", options.start,
                 "Network to begin with instead of random weights, e.g. one from an earlier "
                 "distillation; its architecture is the student's")
      ->type_name("FILE")
      ->excludes(arch);
  app.add_option("--name", options.name,
                 "Of the network (default: distilled-ARCH, or that of --start)");
  add_position_flags(app, options);
  add_training_flags(app, options);
  add_run_flags(app, options);
  if (const auto status = parse_args(app, args)) return *status;
  return distill(std::move(options));
}

}  // namespace hayago::gtp
