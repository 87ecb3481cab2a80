// `hayago quantize`: a network in int8 from a float network and game records.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "gtp/accuracy/held_out.h"
#include "gtp/accuracy/positions.h"
#include "gtp/accuracy/selfplay.h"
#include "gtp/cli/args.h"
#include "gtp/cli/ending.h"
#include "gtp/cli/identity.h"
#include "gtp/cli/output_file.h"
#include "gtp/cmd/commands.h"
#include "gtp/compare/report.h"
#include "gtp/config/load_params.h"
#include "gtp/quantize/calibration.h"
#include "gtp/quantize/fitted_outputs.h"
#include "gtp/quantize/flags.h"
#include "gtp/quantize/mixed.h"
#include "gtp/quantize/winograd_forms.h"
#include "gtp/report/progress.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/fold.h"
#include "nn/model/load.h"
#include "nn/model/tensor_file.h"
#include "nn/model/tensor_model.h"

namespace hayago::gtp {
namespace {

// Self-play that judges has other numbers than that which calibrates.
constexpr int kSelfplayGames = 1'000'000;

// What fine channels add to the multiplications of the layers in int8.
double fine_share(const nn::Precision& precision) {
  double all = 0, fine = 0;
  for (const auto& [name, layer] : precision.layers) {
    const auto weights = static_cast<double>(layer.weights->weights.size());
    all += weights;
    fine += weights * static_cast<double>(layer.fine.size()) /
            static_cast<double>(std::max<std::size_t>(layer.channel_scales.size(), 1));
  }
  return all > 0 ? fine / all : 0;
}

// Where the budget demands it, all channels become fine, which costs less speed than layers in
// float, unless the user has said how many; then the most sensitive layers go back to float. Bytes
// of Winograd forms are coarser than what fine channels add. Leaves in flags what share it was.
MixedPrecision within_budget(const nn::ModelDesc& model, const Calibration& calibration,
                             QuantizeFlags& flags,
                             const std::vector<search::GameState>& positions) {
  std::function<nn::Precision()> finer;
  if (!flags.fine_share && !flags.winograd.empty()) flags.fine_share = 0;
  if (!flags.fine_share) {
    flags.fine_share = quant::QuantizeOptions().fine_share;
    finer = [&] {
      flags.fine_share = 1;
      return calibration.precision(1);
    };
  }
  const nn::Precision all = calibration.precision(*flags.fine_share);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) != 0, "ranking layers",
                    all.layers.size() + all.attention.size(), "layers");
  const MixedPrecision mixed = choose_int8_layers(
      model, all, flags.positions.size, positions, flags.budget, [&] { progress.step(); }, finer);
  progress.finish();
  for (const std::string& layer : mixed.kept) std::cout << "stays in float: " << layer << '\n';
  std::cout << fmt::format("{:.1f} % of the network's multiply-accumulates are in int8\n",
                           100 * mixed.int8_share);
  std::cout << fmt::format("fine input channels add {:.0f} % to the multiplications in int8\n",
                           100 * fine_share(mixed.precision));
  if (!mixed.within_budget) {
    std::cout << fmt::format(
        "The budget of {} winrate points is not met: more layers would have to "
        "stay in float than --least-int8 {} allows\n",
        flags.budget.winrate_points, flags.budget.least_int8_share);
  }
  return mixed;
}

void add_winograd(const nn::ModelDesc& model, const QuantizeFlags& flags,
                  const std::vector<search::GameState>& positions, nn::Precision& precision) {
  if (precision.layers.empty() || flags.winograd.empty()) return;
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "Winograd forms",
                    winograd_positions(positions.size()), "pos");
  add_winograd_forms(model, flags.winograd, flags.positions.size, positions, precision,
                     [&] { progress.step(); });
  progress.finish();
}

// What training changes, as judged by the positions that no step saw; by those of the steps where
// there are no others.
std::string training_effect(const nn::ModelDesc& model, const nn::Precision& rounded,
                            const TrainedInt8& trained, const QuantizeFlags& flags,
                            const PositionSets& sets) {
  const auto& judges = sets.evaluate.empty() ? sets.calibrate.states : sets.evaluate.states;
  nn::CpuOptions in_float;
  in_float.precision = "fp32";
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "before and after training",
                    3 * judges.size(), "pos");
  const auto outputs = [&](const nn::Executor& executor) {
    return evaluate_positions(executor, flags.positions.size, judges, [&] { progress.step(); });
  };
  const auto reference = outputs(*nn::make_cpu_executor(model, in_float));
  const Accuracy before = accuracy_of(reference, outputs(nn::CpuExecutor(model, {}, rounded)));
  const Accuracy after =
      accuracy_of(reference, outputs(nn::CpuExecutor(trained.model, {}, trained.precision)));
  progress.finish();
  return before_and_after(before, after);
}

TrainedInt8 trained_network(const nn::ModelDesc& model, const std::string& source,
                            const nn::Precision& rounded, const QuantizeFlags& flags,
                            const PositionSets& sets) {
  quant::Int8Training int8{rounded, quant::WeightScales::kPerOutput};
  if (flags.weight_scales == "tensor") int8.weight_scales = quant::WeightScales::kPerTensor;
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "training",
                    static_cast<std::size_t>(flags.training.steps), "steps");
  TrainedInt8 trained =
      train_int8(model, nn::load_model(source), int8, flags.training, flags.positions.size,
                 sets.calibrate.states, [&] { progress.step(); });
  progress.finish();
  std::cout << training_effect(model, rounded, trained, flags, sets);
  return trained;
}

void add_output_fit(const nn::ModelDesc& exact, nn::ModelDesc& model,
                    const nn::Precision& precision, const nn::Int8Weights& float_weights,
                    const QuantizeFlags& flags, const std::vector<search::GameState>& positions) {
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "value head", positions.size(), "pos");
  const double left = fit_outputs(exact, model, precision, float_weights, flags.positions.size,
                                  positions, [&] { progress.step(); });
  progress.finish();
  std::cout << fmt::format("The value head fitted to them leaves {:.0f} % of its squared error\n",
                           100 * left);
}

std::map<std::string, std::string> metadata(const nn::ModelDesc& source, const QuantizeFlags& flags,
                                            const PositionSets& sets) {
  const nlohmann::json calibration = {{"positions", sets.calibrate.size()},
                                      {"games", sets.calibrate.games.size()},
                                      {"game_hashes", hash_text(sets.calibrate.games)},
                                      {"selfplay", flags.selfplay},
                                      {"one_sided_every", flags.positions.one_sided_every},
                                      {"method", flags.method},
                                      {"rounding", flags.rounding},
                                      {"balance", flags.balance},
                                      {"bias_correction", !flags.no_bias_correction},
                                      {"output_fit", !flags.no_output_fit},
                                      {"gradients", flags.gradients},
                                      {"fine", flags.fine_share.value()},
                                      {"winograd", flags.winograd},
                                      {"weight_scales", flags.weight_scales},
                                      {"training_steps", flags.training.steps},
                                      {"training_batch", flags.training.batch},
                                      {"training_rate", flags.training.rate},
                                      {"seed", flags.positions.seed}};
  return {{"source", source.name},
          {"source_sha256", source.sha256},
          {"calibration", calibration.dump()},
          {"tool", fmt::format("hayago {}", kVersion)}};
}

// Self-play adds to what calibrates; without records it judges as well.
void add_selfplay(const nn::ModelDesc& model, const QuantizeFlags& flags, PositionSets& sets) {
  SelfplayOptions options;
  options.positions = flags.selfplay;
  if (flags.positions.size > 0) options.size = flags.positions.size;
  options.every_moves = flags.positions.every_moves;
  options.seed = flags.positions.seed;
  const bool judges = flags.data.empty() && flags.evaluate_data.empty();
  const int evaluate = judges ? flags.positions.evaluate : 0;
  nn::CpuOptions in_float;
  in_float.precision = "fp32";
  const auto executor = nn::make_cpu_executor(model, in_float);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "self-play",
                    static_cast<std::size_t>(flags.selfplay + evaluate), "pos");
  PositionSet played = selfplay_positions(*executor, options, [&] { progress.step(); });
  if (evaluate > 0) {
    options.first_game = kSelfplayGames;
    options.positions = evaluate;
    sets.evaluate = selfplay_positions(*executor, options, [&] { progress.step(); });
  }
  progress.finish();
  sets.calibrate.append(std::move(played));
}

PositionSets find_positions(const nn::ModelDesc& model, const QuantizeFlags& flags) {
  PositionSets sets;
  if (!flags.data.empty()) {
    sets = read_positions(flags.data, flags.positions, flags.evaluate_data);
  } else if (!flags.evaluate_data.empty()) {
    sets = read_evaluation_positions(flags.evaluate_data, flags.positions);
  }
  for (const std::string& warning : sets.warnings) std::cerr << "WARNING: " << warning << '\n';
  if (flags.selfplay > 0) add_selfplay(model, flags, sets);
  return sets;
}

// Where the positions are from, and how those that judge were kept apart.
std::vector<std::string> data_sentences(const QuantizeFlags& flags, const PositionSets& sets) {
  std::vector<std::string> out;
  const auto names = [](const std::vector<std::string>& sources) {
    return sources.size() > 3 ? fmt::format("{} files", sources.size())
                              : fmt::format("{}", fmt::join(sources, ", "));
  };
  out.push_back(fmt::format(
      "Calibrated with {} positions of {} games{}{}, method {}, rounding {}, seed {}.",
      sets.calibrate.size(), sets.calibrate.games.size(),
      flags.data.empty() ? "" : " from " + names(flags.data),
      flags.selfplay == 0  ? ""
      : flags.data.empty() ? " of self-play"
                           : fmt::format(" ({} positions from self-play)", flags.selfplay),
      flags.method, flags.rounding, flags.positions.seed));
  if (flags.training.steps > 0) {
    out.push_back(fmt::format("Then trained with them: {} steps of {} positions, rate {}.",
                              flags.training.steps, flags.training.batch, flags.training.rate));
  }
  const std::vector<std::string>& judges =
      flags.evaluate_data.empty() ? flags.data : flags.evaluate_data;
  out.push_back(
      fmt::format("Judged with {} positions of {} other games from {}: no game, under "
                  "whatever name, is in both.",
                  sets.evaluate.size(), sets.evaluate.games.size(),
                  judges.empty() ? "self-play" : names(judges)));
  return out;
}

std::vector<LayerRow> sensitivity(const nn::ModelDesc& model, const MixedPrecision& mixed) {
  std::vector<LayerRow> rows = layer_rows(model, mixed.precision);
  for (LayerRow& row : rows) {
    for (const LayerSensitivity& layer : mixed.ranking) {
      if (layer.layer != row.name) continue;
      row.divergence = layer.divergence;
      row.winrate_points = layer.winrate_points;
    }
  }
  return rows;
}

// Compares with the float network and writes what was asked for.
void report(const std::string& source, const QuantizeFlags& flags, PositionSets& sets,
            CompareReport& report) {
  nn::CpuOptions in_float;
  in_float.precision = "fp32";
  const nn::ModelDesc exact = nn::load_model(source), result = nn::load_model(flags.output);
  report.a = describe_side(source, exact);
  report.a.executor = nn::make_cpu_executor(exact, in_float);
  report.b = describe_side(flags.output, result);
  report.b.executor = nn::make_cpu_executor(result);
  report.data = data_sentences(flags, sets);
  report.positions = std::move(sets.evaluate);
  report.notes = held_out_notes(report);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "comparing", report.positions.size(),
                    "pos");
  report.comparison =
      compare_positions(*report.a.executor, *report.b.executor, report.positions,
                        static_cast<int>(std::max(1U, std::thread::hardware_concurrency())),
                        [&] { progress.step(); });
  progress.finish();
  std::cout << report_text(report) << std::flush;
  if (!flags.html_file.empty()) write_output_file(flags.html_file, report_page(report));
  if (!flags.json_file.empty()) write_output_file(flags.json_file, json_text(report));
}

// Mistakes that would show only after the work.
void check_outputs(const QuantizeFlags& flags) {
  if (flags.data.empty() && flags.selfplay == 0) {
    throw ConfigError("nothing to calibrate with: name games with --data, or use --selfplay N");
  }
  require_writable(flags.output);
  for (const std::string* file : {&flags.html_file, &flags.json_file}) {
    if (!file->empty()) require_writable(*file);
  }
}

// Before the work; throws std::invalid_argument that says why.
void require_trainable(const std::string& path) {
  const quant::TrainableModel model(nn::load_model(path));
}

// What follows from one flag for others.
void settle(QuantizeFlags& flags) {
  if (flags.method == "qat") {
    flags.method = "max";
    if (flags.training.steps == 0) flags.training.steps = QatOptions::kUsualSteps;
  }
  if (flags.training.steps > 0) {
    flags.rounding = "nearest";
    flags.no_bias_correction = true;
    flags.budget.winrate_points = 0;
    flags.training.seed = flags.positions.seed;
  }
  if (flags.weight_scales == "tensor" && flags.rounding != "nearest") {
    throw ConfigError("--weight-scales tensor needs --rounding nearest");
  }
}

int run(QuantizeFlags flags) {
  settle(flags);
  if (!nn::is_tensor_file(flags.output)) {
    std::cerr << fmt::format(
        "hayago quantize: the output '{}' must end in .safetensors or .safetensors.gz\n",
        flags.output);
    return 2;
  }
  check_outputs(flags);
  const FoundModel found = find_model(flags.model);
  nn::ModelDesc source = nn::load_model(found.path);
  if (flags.training.steps > 0) require_trainable(found.path);
  PositionSets sets = find_positions(source, flags);
  if (sets.evaluate.empty() && !(flags.html_file.empty() && flags.json_file.empty())) {
    throw ConfigError("no games are left to judge the result with, so there is nothing to report");
  }
  flags.positions.size = sets.calibrate.largest_edge();
  std::cout << fmt::format("{}: {} positions of {} games calibrate\n", source.name,
                           sets.calibrate.size(), sets.calibrate.games.size());
  const auto start = std::chrono::steady_clock::now();
  const std::vector<search::GameState>& positions = sets.calibrate.states;
  const Calibration calibration(source, flags, positions);
  MixedPrecision mixed = within_budget(source, calibration, flags, positions);
  std::optional<TrainedInt8> trained;
  if (flags.training.steps > 0) {
    trained = trained_network(source, found.path, mixed.precision, flags, sets);
    mixed.precision = trained->precision;
  }
  nn::ModelDesc& model = trained ? trained->model : source;
  add_winograd(model, flags, positions, mixed.precision);
  CompareReport comparison;
  comparison.layers = sensitivity(model, mixed);
  model.int8_layers = mixed.precision.layers;
  model.narrow_attention = mixed.precision.attention;
  nn::reduce_norms(model);
  std::map<std::string, std::string> about = metadata(model, flags, sets);
  const nn::Int8Weights float_weights = calibration.float_weights(model, mixed.precision);
  if (!flags.no_output_fit) {
    add_output_fit(nn::load_model(found.path), model, mixed.precision, float_weights, flags,
                   positions);
  }
  const auto save = [&] {
    const HeldSignals whole_files_only;
    nn::save_tensor_model(model, nn::FloatStorage::kF16All, about, flags.output, float_weights);
  };
  save();
  comparison.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::cout << fmt::format("{}: {} layers in int8, {} bytes ({:.1f} % of the float weights)\n",
                           flags.output,
                           mixed.precision.layers.size() + mixed.precision.attention.size(),
                           std::filesystem::file_size(flags.output),
                           100.0 * double(std::filesystem::file_size(flags.output)) /
                               (4.0 * double(nn::parameter_count(model))));
  if (sets.evaluate.empty()) {
    std::cout << "No games are left to judge the result with\n";
  } else {
    report(found.path, flags, sets, comparison);
    about["accuracy"] = accuracy_summary(comparison);
    save();
  }
  return 0;
}

}  // namespace

int run_quantize(const Args& args) {
  QuantizeFlags flags;
  CLI::App app("Turns a network into int8 with the help of game records and says what that changes",
               "quantize");
  add_quantize_flags(app, flags);
  if (const auto status = parse_args(app, args)) return *status;
  return run(flags);
}

}  // namespace hayago::gtp
