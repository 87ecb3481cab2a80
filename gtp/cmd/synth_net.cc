// `hayago synth-net`: writes a random network of a named architecture, for tests and benchmarks.
#include <fmt/format.h>

#include <iostream>
#include <map>
#include <string>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

namespace hayago::gtp {
namespace {

constexpr int kBoard = 19;  // of the printed cost

std::string summary(const nn::ModelDesc& model) {
  return fmt::format("{}: version {}, {}, {} parameters, {:.3g} GMACs per {}x{} position",
                     model.name, model.version, nn::kind_string(model), nn::parameter_count(model),
                     nn::macs_per_position(model, kBoard, kBoard) / 1e9, kBoard, kBoard);
}

}  // namespace

int run_synth_net(const Args& args) {
  const std::map<std::string, nn::Act> activations = {{"identity", nn::Act::kIdentity},
                                                      {"relu", nn::Act::kRelu},
                                                      {"mish", nn::Act::kMish},
                                                      {"silu", nn::Act::kSilu}};
  nn::SynthOptions options;
  std::string output, activation;
  bool list = false;
  CLI::App app("Writes a random network; equal options give equal weights on every machine",
               "synth-net");
  auto* arch = app.add_option("arch", options.arch, "Architecture, see --list");
  app.add_option(
      "-o,--output", output,
      "File to write, .bin.gz, .txt.gz, .bin, .txt or .safetensors (default: ARCH.bin.gz)");
  app.add_option("--seed", options.seed, "Seed of the weights")->capture_default_str();
  // Not --version: every subcommand answers that with the program's version.
  app.add_option("--model-version", options.version, "Version of the file format, 3 to 17")
      ->check(CLI::Range(3, 17));
  app.add_option("--activation", activation, "Activation of all layers (not ReLU: version 11+)")
      ->check(CLI::IsMember({"relu", "mish", "silu", "identity"}));
  app.add_flag("--meta", options.meta, "With a metadata encoder (version 15 and later)");
  app.add_option("--tip", options.tip, "Norm at the end of the trunk (rms: version 15 and later)")
      ->check(CLI::IsMember({"bn", "rms", "rms-spatial"}));
  app.add_option("--rope", options.rope, "Position encoding of transformers")
      ->check(CLI::IsMember({"none", "fixed", "learned"}));
  app.add_option("--policy-channels", options.policy_channels, "2 or 4 (version 17)")
      ->check(CLI::IsMember({2, 4}));
  app.add_option("--initial-kernel", options.initial_kernel, "Edge of the first convolution, odd");
  auto* list_flag = app.add_flag("--list", list, "Print the architectures and exit");
  arch->excludes(list_flag);
  if (const auto status = parse_args(app, args)) return *status;

  if (list) {
    for (const std::string& name : nn::synth_archs()) std::cout << name << '\n';
    return 0;
  }
  if (options.arch.empty()) {
    std::cerr << "hayago synth-net: name an architecture, --list prints them\n";
    return 2;
  }
  if (!activation.empty()) options.activation = activations.at(activation);
  if (output.empty()) output = options.arch + ".bin.gz";
  const nn::ModelDesc model = nn::synth_model(options);
  nn::save_model(model, output);
  std::cout << output << ": " << summary(model) << '\n';
  return 0;
}

}  // namespace hayago::gtp
