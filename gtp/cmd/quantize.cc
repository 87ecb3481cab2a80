// `hayago quantize`: a network in int8 from a float network and game records.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "gtp/cli/args.h"
#include "gtp/cli/identity.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "gtp/quantize/accuracy.h"
#include "gtp/quantize/mixed.h"
#include "gtp/quantize/net_batch.h"
#include "gtp/quantize/positions.h"
#include "gtp/report/progress.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/model/tensor_model.h"
#include "quant/observe.h"

namespace hayago::gtp {
namespace {

struct QuantizeFlags {
  std::string model, output, method = "max";
  std::vector<std::string> data, keep;
  PositionOptions positions;
  QuantizationBudget budget;
};

nn::Precision calibrate(const nn::ModelDesc& model, const QuantizeFlags& flags,
                        const std::vector<search::GameState>& positions) {
  constexpr int kBatch = 8;
  const int size = flags.positions.size;
  quant::Calibrator calibrator(model, {}, size, size, kBatch);
  NetBatch batch(calibrator.info(), size, kBatch);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "calibrating", positions.size(),
                    "pos");
  for (std::size_t at = 0; at < positions.size(); at += kBatch) {
    batch.fill(
        std::span(positions).subspan(at, std::min<std::size_t>(kBatch, positions.size() - at)));
    calibrator.add(batch.inputs());
    for (std::size_t i = 0; i < batch.inputs().size(); ++i) progress.step();
  }
  progress.finish();
  quant::QuantizeOptions options;
  options.method = *quant::parse_range_method(flags.method);
  nn::Precision precision = calibrator.precision(options);
  if (precision.layers.empty()) {
    throw std::runtime_error(
        "no layer of this network can be in int8: they have to have 16 or more "
        "input channels");
  }
  for (const std::string& layer : flags.keep) {
    if (precision.layers.erase(layer) != 0) continue;
    throw std::runtime_error(
        fmt::format("--keep-fp {}: the network has no such layer to quantize", layer));
  }
  return precision;
}

// The most sensitive layers go back to float where the budget demands it.
nn::Precision within_budget(const nn::ModelDesc& model, nn::Precision all,
                            const QuantizeFlags& flags,
                            const std::vector<search::GameState>& positions) {
  if (flags.budget.winrate_points <= 0) return all;
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) != 0, "ranking layers", all.layers.size(),
                    "layers");
  const MixedPrecision mixed = choose_int8_layers(model, all, flags.positions.size, positions,
                                                  flags.budget, [&] { progress.step(); });
  progress.finish();
  for (const std::string& layer : mixed.kept) std::cout << "stays in float: " << layer << '\n';
  std::cout << fmt::format(
      "{:.1f} % of the multiply-accumulates between the first layer and the "
      "heads are in int8\n",
      100 * mixed.int8_share);
  if (!mixed.within_budget) {
    std::cout << fmt::format(
        "The budget of {} winrate points is not met: more layers would have to "
        "stay in float than --least-int8 {} allows\n",
        flags.budget.winrate_points, flags.budget.least_int8_share);
  }
  return mixed.precision;
}

std::map<std::string, std::string> metadata(const nn::ModelDesc& source, const QuantizeFlags& flags,
                                            const PositionSets& sets) {
  const nlohmann::json calibration = {{"positions", sets.calibrate.size()},
                                      {"games", sets.calibrate_games},
                                      {"method", flags.method},
                                      {"seed", flags.positions.seed}};
  return {{"source", source.name},
          {"source_sha256", source.sha256},
          {"calibration", calibration.dump()},
          {"tool", fmt::format("hayago {}", kVersion)}};
}

void report(const nn::ModelDesc& exact, const std::string& output, const PositionSets& sets,
            int size) {
  if (sets.evaluate.empty()) {
    std::cout << "No games are left to judge the result with\n";
    return;
  }
  nn::CpuOptions in_float;
  in_float.precision = "fp32";
  const auto reference = nn::make_cpu_executor(exact, in_float);
  const auto result = nn::make_cpu_executor(nn::load_model(output));
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "comparing", 2 * sets.evaluate.size(),
                    "pos");
  const Accuracy accuracy =
      compare_networks(*reference, *result, size, sets.evaluate, [&] { progress.step(); });
  progress.finish();
  std::cout << fmt::format("{} against {}, {} games that did not calibrate\n",
                           result->description(), reference->description(), sets.evaluate_games)
            << accuracy_table(accuracy);
}

int run(const QuantizeFlags& flags) {
  if (!flags.output.ends_with(".safetensors")) {
    std::cerr << fmt::format("quantize: the output '{}' must end in .safetensors\n", flags.output);
    return 2;
  }
  const FoundModel found = find_model(flags.model);
  nn::ModelDesc model = nn::load_model(found.path);
  const PositionSets sets = read_positions(flags.data, flags.positions);
  for (const std::string& warning : sets.warnings) std::cerr << "WARNING: " << warning << '\n';
  std::cout << fmt::format("{}: {} positions of {} games calibrate\n", model.name,
                           sets.calibrate.size(), sets.calibrate_games);
  const nn::Precision precision =
      within_budget(model, calibrate(model, flags, sets.calibrate), flags, sets.calibrate);
  model.int8_layers = precision.layers;
  nn::save_tensor_model(model, nn::FloatStorage::kF16, metadata(model, flags, sets), flags.output);
  std::cout << fmt::format("{}: {} layers in int8, {} bytes ({:.1f} % of the float weights)\n",
                           flags.output, precision.layers.size(),
                           std::filesystem::file_size(flags.output),
                           100.0 * double(std::filesystem::file_size(flags.output)) /
                               (4.0 * double(nn::parameter_count(model))));
  report(model, flags.output, sets, flags.positions.size);
  return 0;
}

}  // namespace

int run_quantize(const Args& args) {
  QuantizeFlags flags;
  CLI::App app("Turns a network into int8 with the help of game records and says what that changes",
               "quantize");
  app.add_option("--model", flags.model, "Network to read");
  app.add_option("--data", flags.data, "SGF files, or folders with them")->required();
  app.add_option("-o,--output", flags.output, "File to write, ends in .safetensors")->required();
  app.add_option("--method", flags.method, "How the range of activations is chosen")
      ->check(CLI::IsMember({"max", "percentile", "mse", "entropy"}))
      ->capture_default_str();
  app.add_option("--keep-fp", flags.keep, "Layers that stay in float, by name");
  app.add_option(
         "--budget", flags.budget.winrate_points,
         "Mean winrate error in percentage points on the calibration positions; layers stay in "
         "float until it is met. 0: all layers in int8")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--least-int8", flags.budget.least_int8_share,
                 "Share of the multiply-accumulates that stays in int8 whatever the budget")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--positions", flags.positions.calibrate, "Positions to calibrate with")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--evaluate", flags.positions.evaluate,
                 "Positions of other games to judge the result with; 0 leaves that out")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--every", flags.positions.every_moves, "Moves between two positions of a game")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--size", flags.positions.size, "Board size of the games")
      ->check(CLI::Range(2, search::kMaxBoard))
      ->capture_default_str();
  app.add_option("--seed", flags.positions.seed, "Order of the games")->capture_default_str();
  if (const auto status = parse_args(app, args)) return *status;
  return run(flags);
}

}  // namespace hayago::gtp
