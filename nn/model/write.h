// Writing network files, and random networks of named architectures (`hayago synth-net`).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/model/arrays.h"
#include "nn/model/desc.h"

namespace hayago::nn {

// Bytes before compression; text = decimal tokens instead of @BIN@ arrays.
std::string serialize_model(const ModelDesc& model, bool text);

// The text form with names from the sink in the place of arrays.
std::string serialize_skeleton(const ModelDesc& model, ArraySink& arrays);

// All or nothing: to a temporary file that is renamed. Throws ModelError.
void write_whole_file(const std::string& path, const std::string& content);

// Writes with the flavour and compression of the file ending, all or nothing (temporary file and
// rename). Throws ModelError.
void save_model(const ModelDesc& model, const std::string& path);

// What is left empty follows from the architecture.
struct SynthOptions {
  std::string arch;  // "b6c96", "b18c384nbt", "b2c32h4tf", ...; see synth_archs(). Transformers may
                     // carry the rope in their name: "...tfrs" fixed, "...tflrs" learned
  std::uint64_t seed = 1;
  std::optional<int> version;          // 3..17
  std::optional<Act> activation;       // other than ReLU: from version 11 on
  bool meta = false;                   // metadata encoder, from version 15 on
  std::string tip;                     // bn | rms | rms-spatial; rms: from version 15 on
  std::string rope;                    // none | fixed | learned
  std::optional<int> policy_channels;  // 2 | 4 in version 17
  std::optional<int> initial_kernel;   // odd, 1..31
};
std::vector<std::string> synth_archs();
// A valid random network whose activations stay of order one and whose outputs depend on the
// position. The weights are a function of the options alone, equal on every machine. Throws
// ModelError for an unknown architecture or impossible options.
ModelDesc synth_model(const SynthOptions& options);

}  // namespace hayago::nn
