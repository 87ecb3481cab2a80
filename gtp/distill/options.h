// What a user asks of a distillation.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "gtp/distill/game_plan.h"
#include "nn/model/desc.h"
#include "quant/train/trainer.h"

namespace hayago::gtp {

struct DistillOptions {
  std::string teacher, output;  // files
  std::string arch = "b4c64", name;
  std::string start;                // network to begin with; empty: random weights
  std::string work;                 // folder; empty: beside the output
  std::string log_file, page_file;  // empty: none

  // Positions.
  std::string sizes = "19:6,13:2,9:2,7-18:2";
  std::string rules = "tromp-taylor:3,chinese:2,japanese:3,aga,new-zealand,stone-scoring";
  GamePlan games;  // but for sizes and rules
  int positions = 100'000;
  int judge_positions = 2000;  // most of the held-out ones

  // Training.
  int batch = 128;
  int shards = 16;  // at most; a shard has at least four positions of a batch
  std::string optimizer = "adamw";
  double learning_rate = 2e-3, last_learning_rate = 2e-5;
  int warm_up = 200;  // steps, a fifth of all at most
  double weight_decay = 0.01;
  double average_decay = 0.999;
  std::int64_t steps = 0;  // 0: by the hours, or kUsualSteps
  double hours = 0;        // of training; 0: by the steps

  std::int64_t report_every = 0;  // steps; 0: a fiftieth of all
  double checkpoint_minutes = 5;
  int threads = 1;
  bool must_resume = false;
};

inline constexpr std::int64_t kUsualSteps = 20'000;

// Fills in what follows from other options (sizes, rules, work, name) and throws ConfigError for
// what would fail only after hours: files that cannot be written, impossible numbers.
void complete_options(DistillOptions& options);

// Everything that positions and weights depend on, by the name of its flag. `student` is
// first_student().
nlohmann::ordered_json settings_of(const DistillOptions& options, const nn::ModelDesc& teacher,
                                   const nn::ModelDesc& student);

// What training begins with: make_student() or the network of --start. Throws ConfigError for one
// that cannot be trained, and what load_model() throws.
nn::ModelDesc first_student(const DistillOptions& options);

// A random network to begin with. Throws ConfigError for architectures that are not known or cannot
// be trained. `seed` is of the weights.
nn::ModelDesc make_student(const std::string& arch, const std::string& name, std::uint64_t seed);

quant::TrainerOptions trainer_options(const DistillOptions& options, std::int64_t steps);

}  // namespace hayago::gtp
