#include "gtp/compare/side.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "gtp/accuracy/held_out.h"
#include "gtp/config/load_params.h"
#include "gtp/config/parse.h"
#include "kernels/isa.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/model_file.h"
#include "nn/plan/fuse.h"
#include "nn/plan/narrow.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

constexpr int kEdge = 19;  // shares hardly depend on the board

std::string setting_of(const std::string& word, const std::string& text) {
  for (const char* precision : {"auto", "fp32", "fp16", "bf16", "int8"}) {
    if (word == precision) return "precision=" + word;
  }
  for (const char* backend : {"cpu", "cuda"}) {
    if (word == backend) return "backend=" + word;
  }
  if (kernels::parse_isa(word)) return "cpuIsa=" + word;
  if (word.find('=') != std::string::npos && word.front() != '=') return word;
  throw ConfigError(
      fmt::format("'{}': '{}' after @ is neither a precision (auto, fp32, fp16, bf16, int8), nor a "
                  "back end (cpu, cuda), an instruction set, or KEY=VALUE",
                  text, word));
}

}  // namespace

SideSpec parse_side(const std::string& text) {
  std::error_code ignored;
  if (fs::exists(text, ignored)) return {text, {}};
  const std::size_t slash = text.rfind('/');
  const std::size_t at = text.find('@', slash == std::string::npos ? 0 : slash);
  if (at == std::string::npos) return {text, {}};
  SideSpec spec{text.substr(0, at), {}};
  for (const std::string& word : split(text.substr(at + 1), '@')) {
    spec.settings.push_back(setting_of(word, text));
  }
  return spec;
}

double int8_mac_share(const nn::ModelDesc& model) {
  double in_int8 = 0;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
    if (model.int8_layers.contains(layer.name)) in_int8 += double(layer.weights.size());
  }
  return in_int8 * kEdge * kEdge / nn::weight_macs(model).at(kEdge * kEdge);
}

Side describe_side(const std::string& path, const nn::ModelDesc& model) {
  Side side;
  side.path = path;
  side.label = fs::path(path).filename().string();
  if (model.has_int8()) side.int8_share = int8_mac_share(model);
  const std::size_t bytes = nn::ModelFile(path).view().size();
  side.file_bytes = static_cast<std::int64_t>(bytes);
  side.file_share = double(bytes) / (4.0 * double(nn::parameter_count(model)));
  side.calibration_games = calibration_games(path);
  return side;
}

Side load_side(const SideSpec& spec, Config config) {
  for (const std::string& setting : spec.settings) config.apply_overrides(setting);
  const std::string path = find_model(spec.path).path;
  Side side = describe_side(path, nn::load_model(path));
  for (const std::string& setting : spec.settings) {
    side.label += '@' + setting.substr(setting.find('=') + 1);
  }
  side.executor = make_executor(path, config);
  // A file with layers in int8 that runs in float.
  if (side.executor->description().find("int8") == std::string::npos) side.int8_share = 0;
  return side;
}

}  // namespace hayago::gtp
