// Networks in safetensors files, whole and spoilt.
#pragma once
#include <memory>
#include <string>

#include "nn/model/load.h"
#include "nn/model/safetensors.h"
#include "nn/model/tensor_model.h"
#include "nn/model/write.h"
#include "nn/plan/fuse.h"
#include "nn/plan/narrow.h"
#include "tests/nn/winograd_forms.h"

namespace hayago::test {

using nn::FloatStorage;
using nn::TensorFile;

inline nn::SynthOptions net(const char* arch) {
  nn::SynthOptions options;
  options.arch = arch;
  return options;
}

// Every layer that can be, in int8 with made-up scales.
inline nn::ModelDesc int8_model(const nn::SynthOptions& options) {
  nn::ModelDesc model = nn::synth_model(options);
  model.narrow_attention = nn::narrow_attention(nn::build_plan(model));
  for (const nn::NarrowLayer& l : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
    nn::LayerQuantization layer{0.05f, 50, {}, nullptr};
    for (int c = 0; c < l.c_in; ++c) layer.channel_scales.push_back(c % 2 == 0 ? 1.0f : 0.5f);
    if (l.c_in % kernels::kChannelAlign == 0) layer.fine = {0, 3, 9};
    auto weights = std::make_shared<nn::QuantizedWeights>(
        nn::quantize_weights(l.weights, l.c_out, layer.channel_scales));
    weights->offsets.assign(static_cast<std::size_t>(l.c_out), 3);
    layer.weights = std::move(weights);
    model.int8_layers[l.name] = std::move(layer);
  }
  add_made_up_forms(nn::fuse(nn::build_plan(model)), model.int8_layers);
  return model;
}

inline std::string refusal(const std::string& bytes) {
  try {
    nn::load_model_from_memory(bytes, "test.safetensors");
  } catch (const nn::ModelError& error) {
    return error.what();
  }
  return "accepted";
}

// The file with one change to its content. Without checksums, unless they are what is tested.
template <class Change>
std::string changed(const std::string& bytes, Change change, bool with_checksums = false) {
  TensorFile content = nn::parse_tensors(bytes, "x");
  if (!with_checksums) content.metadata.erase("crc32");
  change(content);
  return nn::write_tensors(content);
}

}  // namespace hayago::test
