// One of the two networks of a comparison: a file and how it runs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtp/config/config.h"
#include "nn/exec/executor.h"
#include "nn/model/desc.h"

namespace hayago::gtp {

// "net.bin.gz@int8@cpu": a file and settings after @ signs.
struct SideSpec {
  std::string path;
  std::vector<std::string> settings;  // "precision=int8", "backend=cpu", ...
};

// Settings are precisions (auto, fp32, fp16, bf16, int8), back ends (cpu, cuda), instruction sets
// of `hayago kernels`, and KEY=VALUE. A file whose name contains @ counts as a whole if it exists.
// Throws ConfigError for other words.
SideSpec parse_side(const std::string& text);

struct Side {
  std::string label;  // the file's name and the settings
  std::string path;
  std::shared_ptr<const nn::Executor> executor;
  double int8_share = 0;  // of the multiply-accumulates; 0 unless the file has layers in int8
  double file_share = 0;  // of the bytes of the weights in fp32
  std::int64_t file_bytes = 0;
  std::optional<std::vector<std::uint64_t>> calibration_games;  // hashes
};

// Throws ConfigError, nn::ModelError or kernels::GpuError.
Side load_side(const SideSpec& spec, Config config);
// All but label and executor. `path` is the file that `model` is from.
Side describe_side(const std::string& path, const nn::ModelDesc& model);

// Of all of a 19x19 position's multiply-accumulates those in layers that the file has in int8.
double int8_mac_share(const nn::ModelDesc& model);

}  // namespace hayago::gtp
