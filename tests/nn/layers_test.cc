// The list of a network's layers: sizes, costs, and how a file has them.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "nn/exec/executor.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/tensor_model.h"
#include "nn/model/write.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

using nn::FloatStorage;

TEST_CASE("layers: a list has everything that a file has", "[nn][model][layers]") {
  for (const auto& options : small_nets()) {
    INFO(describe(options));
    const nn::ModelDesc model = nn::synth_model(options);
    const auto layers = nn::list_layers(model);
    long long parameters = 0, values = 0;
    nn::MacCounts macs;
    std::set<std::string> names;
    for (const nn::LayerInfo& layer : layers) {
      parameters += layer.parameters;
      values += layer.values;
      macs += layer.macs;
      CHECK(names.insert(layer.name).second);
      CHECK_FALSE(layer.name.empty());
    }
    CHECK(parameters == nn::parameter_count(model));
    CHECK(macs.at(9 * 13) == nn::macs_per_position(model, 9, 13));
    CHECK(nn::net_info(model).macs.at(9 * 13) == macs.at(9 * 13));
    for (const FloatStorage storage : {FloatStorage::kF32, FloatStorage::kF16}) {
      const std::string bytes = nn::serialize_tensor_model(model, storage, {});
      const nn::TensorFile file = nn::parse_tensors(bytes, "x");
      long long in_file = 0, listed = 0;
      for (const auto& [name, info] : file.tensors) in_file += std::ssize(info.bytes);
      for (const nn::StoredLayer& stored : nn::stored_layers(layers, file)) listed += stored.bytes;
      CHECK(listed == in_file);
      if (storage == FloatStorage::kF32) CHECK(listed == 4 * values);
    }
  }
}

TEST_CASE("layers: costs of spec/01 section 11", "[nn][model][layers]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  const nn::ModelDesc model = nn::synth_model(options);
  for (const nn::LayerInfo& layer : nn::list_layers(model)) {
    if (layer.name != model.trunk.initial_conv.name) continue;
    const nn::ConvDesc& conv = model.trunk.initial_conv;
    CHECK(layer.kind == nn::LayerKind::kConv);
    CHECK(layer.shape == std::vector<int>{conv.ky, conv.kx, conv.c_in, conv.c_out});
    CHECK(layer.macs.at(361) == 361.0 * conv.ky * conv.kx * conv.c_in * conv.c_out);
  }
  const nn::MacCounts counts{7, 5, 2};
  CHECK(counts.at(10) == 7 + 50 + 200);
}

TEST_CASE("layers: precision as stored", "[nn][model][layers]") {
  nn::SynthOptions options;
  options.arch = "b2c32h4tf";
  nn::ModelDesc model = nn::synth_model(options);
  const auto layers = nn::list_layers(model);
  const auto product = std::find_if(layers.begin(), layers.end(), [](const nn::LayerInfo& l) {
    return l.kind == nn::LayerKind::kMatMul && l.macs.per_point > 0;
  });
  REQUIRE(product != layers.end());
  auto weights = std::make_shared<nn::QuantizedWeights>();
  weights->weights.assign(product->weights.size(), 1);
  weights->scales.assign(static_cast<std::size_t>(product->shape[1]), 0.5f);
  weights->offsets.assign(weights->scales.size(), 1);
  const std::size_t inputs = static_cast<std::size_t>(product->shape[0]);
  model.int8_layers[product->name] = {0.1f, 3, std::vector<float>(inputs, 0.1f), weights};
  const std::string bytes = nn::serialize_tensor_model(model, FloatStorage::kF16, {});
  const auto stored = nn::stored_layers(layers, nn::parse_tensors(bytes, "x"));
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    INFO(layers[i].name);
    const std::string& precision = stored[i].precision;
    ++seen[precision];
    if (layers[i].name == product->name) {
      CHECK(precision == "int8");
      // Scales and offsets that halves hold are stored as such.
      CHECK(stored[i].bytes ==
            std::ssize(product->weights) + (2 + 2) * product->shape[1] + 4 * product->shape[0]);
    } else if (layers[i].kind == nn::LayerKind::kAttention) {
      CHECK(precision.empty());
      CHECK(stored[i].bytes == 0);
    } else {
      const bool has_weights = !layers[i].weights.empty();
      // Arrays named "weights" are halves, also those of norms.
      const bool either = layers[i].kind == nn::LayerKind::kRmsNorm;
      if (!either) CHECK(precision == (has_weights ? "fp16" : "fp32"));
    }
  }
  CHECK(seen["int8"] == 1);
  CHECK(seen["fp16"] > 5);
  CHECK(seen["fp32"] > 5);
  CHECK(seen[""] == 2);  // attention
}

}  // namespace
}  // namespace hayago::test
