#include "gtp/distill/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "gtp/cli/output_file.h"
#include "gtp/config/config.h"
#include "gtp/config/load_params.h"
#include "nn/model/load.h"
#include "nn/model/write.h"
#include "quant/train/initialise.h"

namespace hayago::gtp {
namespace {

// Kinds of files that save_model() writes, the longer endings first.
constexpr std::array<std::string_view, 4> kEndings = {".bin.gz", ".txt.gz", ".bin", ".txt"};
constexpr int kLeastShard = 4;  // positions; the trainer computes so many at once

// The output's path without its ending.
std::string stem_of(const std::string& output) {
  for (const std::string_view ending : kEndings) {
    if (output.ends_with(ending)) return output.substr(0, output.size() - ending.size());
  }
  throw ConfigError(
      fmt::format("the output '{}' must end in one of {}", output, fmt::join(kEndings, ", ")));
}

// Attention and other layers are refused by what trains.
void require_trainable(nn::ModelDesc model, const std::string& flag) {
  try {
    quant::TrainableModel trainable(std::move(model));
  } catch (const std::invalid_argument& error) {
    throw ConfigError(fmt::format("{}: cannot be trained: {}", flag, error.what()));
  }
}

void require_one_length(const DistillOptions& options) {
  if (options.steps > 0 && options.hours > 0) {
    throw ConfigError("--steps and --hours: choose one of them");
  }
}

}  // namespace

void complete_options(DistillOptions& options) {
  require_one_length(options);
  const std::string stem = stem_of(options.output);
  require_writable(options.output);
  for (const std::string* file : {&options.log_file, &options.page_file}) {
    if (!file->empty()) require_writable(*file);
  }
  if (options.work.empty()) options.work = stem + ".distill";
  options.games.sizes = parse_sizes(options.sizes);
  options.games.rules = parse_rule_sets(options.rules);
  if (options.name.empty() && options.start.empty()) options.name = "distilled-" + options.arch;
  if (options.name.find_first_of(" \t\r\n") != std::string::npos) {
    throw ConfigError(fmt::format("--name '{}': a network's name has no spaces", options.name));
  }
  if (options.steps == 0 && options.hours == 0) options.steps = kUsualSteps;
}

nlohmann::ordered_json settings_of(const DistillOptions& o, const nn::ModelDesc& teacher,
                                   const nn::ModelDesc& student) {
  const std::string begin = o.start.empty() ? "arch" : "start";
  return {{"teacher", teacher.sha256},
          {begin, o.start.empty() ? o.arch : student.sha256},
          {"name", student.name},
          {"seed", o.games.seed},
          {"positions", o.positions},
          {"held-out", o.games.held_out},
          {"sizes", o.sizes},
          {"rules", o.rules},
          {"komi-spread", o.games.komi_spread},
          {"opening", o.games.opening},
          {"random-moves", o.games.random_moves},
          {"temperature", o.games.temperature},
          {"every", o.games.every_moves},
          {"batch", o.batch},
          {"shards", o.shards},
          {"optimizer", o.optimizer},
          {"learning-rate", o.learning_rate},
          {"last-learning-rate", o.last_learning_rate},
          {"warm-up", o.warm_up},
          {"weight-decay", o.weight_decay},
          {"ema", o.average_decay},
          {"steps", o.steps},
          {"hours", o.hours}};
}

nn::ModelDesc make_student(const std::string& arch, const std::string& name, std::uint64_t seed) {
  constexpr int kFirstTrainable = 8;
  const std::vector<std::string> known = nn::synth_archs();
  if (std::find(known.begin(), known.end(), arch) == known.end()) {
    throw ConfigError(
        fmt::format("--arch {}: no such architecture; there are {}", arch, fmt::join(known, ", ")));
  }
  nn::SynthOptions synth;
  synth.arch = arch;
  nn::ModelDesc model = nn::synth_model(synth);
  if (model.version < kFirstTrainable) {
    synth.version = kFirstTrainable;
    model = nn::synth_model(synth);
  }
  require_trainable(nn::synth_model(synth), "--arch " + arch);
  model.name = name;
  quant::initialise(model, seed);
  return model;
}

nn::ModelDesc first_student(const DistillOptions& options) {
  if (options.start.empty()) {
    return make_student(options.arch, options.name, options.games.seed);
  }
  const std::string path = find_model(options.start).path;
  require_trainable(nn::load_model(path), "--start " + options.start);
  nn::ModelDesc model = nn::load_model(path);
  if (!options.name.empty()) model.name = options.name;
  return model;
}

quant::TrainerOptions trainer_options(const DistillOptions& options, std::int64_t steps) {
  quant::TrainerOptions trainer;
  trainer.height = trainer.width = options.games.largest_size();
  trainer.shards = std::clamp(options.batch / kLeastShard, 1, options.shards);
  trainer.threads = options.threads;
  trainer.optimizer.kind =
      options.optimizer == "sgd" ? quant::OptimizerKind::kSgd : quant::OptimizerKind::kAdamW;
  trainer.optimizer.weight_decay = options.weight_decay;
  trainer.schedule = {options.learning_rate, options.last_learning_rate,
                      std::min<std::int64_t>(options.warm_up, steps / 5), steps};
  trainer.average_decay = options.average_decay;
  return trainer;
}

}  // namespace hayago::gtp
