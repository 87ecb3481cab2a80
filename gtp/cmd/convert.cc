// `hayago convert`: the same network in another kind of file.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "gtp/cli/args.h"
#include "gtp/cli/ending.h"
#include "gtp/cli/identity.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/model_file.h"
#include "nn/model/tensor_file.h"
#include "nn/model/tensor_model.h"
#include "nn/model/tokens.h"
#include "nn/model/write.h"

namespace hayago::gtp {
namespace {

struct ConvertFlags {
  std::string model, output, precision = "fp32";
};

// What the source says of itself, or where this network is from.
std::map<std::string, std::string> metadata(const nn::ModelDesc& model, const std::string& path) {
  std::map<std::string, std::string> result = {{"source", model.name},
                                               {"source_sha256", model.sha256},
                                               {"tool", fmt::format("hayago {}", kVersion)}};
  if (!nn::is_tensor_file(path)) return result;
  const nn::OpenTensorFile file(path);
  for (const auto& [key, text] : file.content().metadata) {
    if (!nn::is_own_metadata(key)) result[key] = text;
  }
  return result;
}

// What cannot be written in the wanted kind of file; empty if nothing is in the way.
std::string obstacle(const nn::ModelDesc& model, const ConvertFlags& flags) {
  if (nn::is_tensor_file(flags.output) || !model.has_int8()) return {};
  return fmt::format(
      "{} layers of the network are in int8, which only a .safetensors file can hold",
      model.int8_layers.size());
}

void write(const nn::ModelDesc& model, const std::string& path, const ConvertFlags& flags) {
  const HeldSignals whole_files_only;
  if (!nn::is_tensor_file(flags.output)) return nn::save_model(model, flags.output);
  const auto storage = flags.precision == "fp16" ? nn::FloatStorage::kF16 : nn::FloatStorage::kF32;
  nn::save_tensor_model(model, storage, metadata(model, path), flags.output);
}

void print_result(const nn::ModelDesc& model, const std::string& path, std::size_t before,
                  const ConvertFlags& flags) {
  if (flags.precision == "fp16") {
    for (const nn::LayerInfo& layer : nn::list_layers(model)) {
      if (nn::fits_half(layer.weights) || model.int8_layers.count(layer.name) != 0) continue;
      std::cout << fmt::format("{} stays in fp32: its weights do not fit into halves\n",
                               layer.name);
    }
  }
  const std::uintmax_t after = std::filesystem::file_size(flags.output);
  std::cout << fmt::format("{}: {} bytes\n{}: {} bytes ({:.1f} %)\n", path, before, flags.output,
                           after, 100.0 * static_cast<double>(after) / static_cast<double>(before));
}

int run(const ConvertFlags& flags) {
  if (!nn::container_of(flags.output)) {
    std::cerr << fmt::format("hayago convert: the output '{}' must end in {}\n", flags.output,
                             nn::kAllowedEndings);
    return 2;
  }
  if (flags.precision == "fp16" && !nn::is_tensor_file(flags.output)) {
    std::cerr << "hayago convert: fp16 needs an output that ends in .safetensors\n";
    return 2;
  }
  const std::string path = find_model(flags.model).path;
  const nn::ModelDesc model = nn::load_model(path);
  const std::size_t before = nn::ModelFile(path).view().size();  // may be the file that is written
  if (const std::string what = obstacle(model, flags); !what.empty()) {
    throw std::runtime_error(what);
  }
  write(model, path, flags);
  print_result(model, path, before, flags);
  return 0;
}

}  // namespace

int run_convert(const Args& args) {
  ConvertFlags flags;
  CLI::App app("Writes a network as another kind of file; layers in int8 stay as they are",
               "convert");
  app.add_option("--model", flags.model, "Network to read");
  app.add_option("-o,--output", flags.output,
                 fmt::format("File to write, ends in {}", nn::kAllowedEndings))
      ->required();
  app.add_option(
         "--precision", flags.precision,
         "Of weights in float: fp32 loses nothing, fp16 (.safetensors only) halves the file")
      ->check(CLI::IsMember({"fp32", "fp16"}))
      ->capture_default_str();
  if (const auto status = parse_args(app, args)) return *status;
  return run(flags);
}

}  // namespace hayago::gtp
