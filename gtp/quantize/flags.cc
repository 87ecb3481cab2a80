#include "gtp/quantize/flags.h"

#include "search/board/board.h"

namespace hayago::gtp {
namespace {

void add_data_flags(CLI::App& app, QuantizeFlags& flags) {
  app.add_option("--data", flags.data,
                 "Games: records (SGF), folders with them, analysis queries or lines of `hayago "
                 "features` (*.jsonl, *.jsonl.gz)");
  app.add_option("--selfplay", flags.selfplay,
                 "Calibrate with so many positions of quick games of the network against itself, "
                 "too, or only with those")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--positions", flags.positions.calibrate, "Positions to calibrate with")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--evaluate", flags.positions.evaluate,
                 "Positions of other games to judge the result with; 0 leaves that out")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--evaluate-data", flags.evaluate_data,
                 "Games to judge the result with, so that all of --data may calibrate");
  app.add_option("--evaluate-every", flags.positions.evaluate_every,
                 "Moves between two positions that judge (default: as --every)")
      ->check(CLI::Range(1, 1000));
  app.add_option("--every", flags.positions.every_moves,
                 "Moves between two positions of a game that judges or of self-play")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--one-sided", flags.positions.one_sided_every,
                 "One in so many calibrating positions is of a game in which one colour has begun "
                 "to pass, for activations that hardly any record has; 0: none")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--size", flags.positions.size, "Board size of the games; 0: all sizes")
      ->check(CLI::Range(0, search::kMaxBoard))
      ->capture_default_str();
  app.add_option("--seed", flags.positions.seed, "Order of the games")->capture_default_str();
}

void add_method_flags(CLI::App& app, QuantizeFlags& flags) {
  app.add_option("--method", flags.method,
                 "How the range of activations is chosen; qat: max, and training (--qat, 500 "
                 "steps unless it says otherwise)")
      ->check(CLI::IsMember({"max", "percentile", "mse", "entropy", "qat"}))
      ->capture_default_str();
  app.add_option("--rounding", flags.rounding,
                 "nearest: every weight by itself. compensated: weights make up for the errors of "
                 "others, by the covariance of their inputs (as GPTQ does; nothing is trained)")
      ->check(CLI::IsMember({"nearest", "compensated"}))
      ->capture_default_str();
  app.add_option("--weight-scales", flags.weight_scales,
                 "Scales of a layer's weights: one per output, or one for all (tensor), which is "
                 "less accurate and only for comparisons; needs nearest rounding")
      ->check(CLI::IsMember({"output", "tensor"}))
      ->capture_default_str();
  app.add_option("--balance", flags.balance,
                 "Scales of input channels, from 0: the same for all, to 1: every channel uses its "
                 "bytes fully, which is harder on the weights. auto: by the expected error")
      ->check(CLI::IsMember({"auto"}) | CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--no-bias-correction", flags.no_bias_correction,
               "Leave the mean error that rounding weights makes");
  app.add_flag("--no-output-fit", flags.no_output_fit,
               "Leave the last products of the value head as they are, and do not fit them to what "
               "the layers in int8 make of the calibrating positions");
  app.add_option("--gradients", flags.gradients,
                 "Learn from the gradients of so many calibrating positions which errors matter to "
                 "the policy, the winrate and the score lead, of fewer for large networks; 0: all "
                 "alike")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option(
         "--fine", flags.fine_share,
         "Input channels whose errors cost most get two bytes, as many as add this share to "
         "the multiplications in int8; 0: none (default: 0.5, or 1 where the budget demands "
         "it; none with --winograd)")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option(
         "--winograd", flags.winograd,
         "Also scales for computing 3x3 layers in these Winograd forms: 2 or 4 outputs at a "
         "time. Faster, less accurate; used if `hayago tune` or cpuInt8Algorithm say so")
      ->check(CLI::IsMember({2, 4}));
  app.add_option(
         "--float-weights", flags.float_weights,
         "Convolutions of several taps that stay in float: their weights in the file in f16, or "
         "in int8 with a scale per pair of channels, rounded as by --rounding compensated; other "
         "layers in float are in f16")
      ->check(CLI::IsMember({"f16", "int8"}))
      ->capture_default_str();
}

void add_training_flags(CLI::App& app, QuantizeFlags& flags) {
  app.add_option("--qat", flags.training.steps,
                 "Train the network for so many steps to say in int8 what it says in float, on the "
                 "calibrating positions (quantization-aware training): a few thousand positions or "
                 "more are wanted. Weights are rounded to nearest, and all layers are in int8 but "
                 "those of --keep-fp. 0: none")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  app.add_option("--qat-batch", flags.training.batch, "Positions in a step")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--qat-rate", flags.training.rate,
                 "Learning rate of the weights after the first steps; it falls to nothing")
      ->check(CLI::Range(1e-9, 1.0))
      ->capture_default_str();
}

void add_budget_flags(CLI::App& app, QuantizeFlags& flags) {
  app.add_option("--keep-fp", flags.keep, "Layers that stay in float, by name");
  app.add_option(
         "--budget", flags.budget.winrate_points,
         "Mean winrate error in percentage points on the calibration positions; layers stay in "
         "float until it is met. 0: all layers in int8")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--least-int8", flags.budget.least_int8_share,
                 "Share of all multiply-accumulates that stays in int8 whatever the budget")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

}  // namespace

void add_quantize_flags(CLI::App& app, QuantizeFlags& flags) {
  app.add_option("--model", flags.model, "Network to read");
  app.add_option("-o,--output", flags.output,
                 "File to write, ends in .safetensors, or in .safetensors.gz for a smaller one")
      ->required();
  add_data_flags(app, flags);
  add_method_flags(app, flags);
  add_training_flags(app, flags);
  add_budget_flags(app, flags);
  app.add_option("--report", flags.html_file,
                 "Write the comparison with the float network as a page")
      ->type_name("FILE");
  app.add_option("--json", flags.json_file, "Write it as JSON")->type_name("FILE");
}

}  // namespace hayago::gtp
