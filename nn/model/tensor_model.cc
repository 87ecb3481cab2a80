#include "nn/model/tensor_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <list>
#include <nlohmann/json.hpp>
#include <set>

#include "kernels/cuda/half_bits.h"
#include "nn/model/arrays.h"
#include "nn/model/channel_bits.h"
#include "nn/model/gz.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/safetensors.h"
#include "nn/model/tensor_metadata.h"
#include "nn/model/tokens.h"
#include "nn/model/write.h"

namespace hayago::nn {
namespace {

// Integers compress by a tenth, slowly or not.
constexpr int kGzipLevel = 6;

using nlohmann::json;

// Whether all are 0 or normal numbers of half precision, so that each is off by a share of 2^-11 at
// most. Stricter than fits_half(), as biases and scales count one by one and not in sums.
bool all_normal_halves(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) {
    return v == 0 || (std::abs(v) >= 0x1p-14f && std::abs(v) <= 65504.0f);
  });
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class TensorWriter final : public ArraySink {
 public:
  TensorWriter(const ModelDesc& model, FloatStorage storage, const Int8Weights& weights)
      : model_(model), storage_(storage), int8_weights_(weights) {}

  std::string put(const std::string& record, std::string_view what,
                  const std::vector<float>& values) override {
    if (storage_ == FloatStorage::kF16All && what != kWeights && !values.empty() &&
        std::all_of(values.begin(), values.end(), [&](float v) { return v == values[0]; })) {
      return fmt::format("{}{}", kConstant, values[0]);
    }
    std::string name = fmt::format("{}.{}", record, what);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c <= ' '; }, '_');
    for (int i = 2; file_.tensors.count(name) != 0; ++i) {
      name = fmt::format("{}.{}#{}", record, what, i);
    }
    const auto layer = model_.int8_layers.find(record);
    if (what == kWeights && layer != model_.int8_layers.end()) {
      put_int8(record, name, layer->second, values.size());
    } else if (const auto w = int8_weights_.find(record);
               what == kWeights && w != int8_weights_.end()) {
      put_int8_weights(record, name, w->second.get(), values.size());
    } else if (as_half(what, values)) {
      std::vector<std::uint16_t> halves;
      for (const float v : values) halves.push_back(kernels::float_to_half(v));
      add(name, "F16", values.size(), bytes_of(halves));
    } else {
      add(name, "F32", values.size(), bytes_of(values));
    }
    return name;
  }

  // The file, after the whole network was written.
  std::string finish(std::string text, std::map<std::string, std::string> metadata) {
    for (const auto& [name, layer] : model_.int8_layers) {
      if (!inputs_.contains(name)) {
        throw ModelError(fmt::format("int8 layer '{}' does not exist in the network", name));
      }
    }
    for (const auto& [name, weights] : int8_weights_) {
      if (stored_weights_.count(name) == 0) {
        throw ModelError(fmt::format("layer '{}' with int8 weights does not exist", name));
      }
    }
    file_.metadata = std::move(metadata);
    file_.metadata[kFormatKey] = kFormat;
    file_.metadata[kNetwork] = std::move(text);
    file_.metadata.erase(kInt8);
    const std::set<std::string> blocks = attention_blocks(model_);
    for (const std::string& name : model_.narrow_attention) {
      if (!blocks.contains(name)) {
        throw ModelError(fmt::format("int16 attention '{}' does not exist in the network", name));
      }
      inputs_[name] = {{kAttention, kHalves}};
    }
    if (!inputs_.empty()) file_.metadata[kInt8] = inputs_.dump();
    json checksums;  // names of tensors have a dot in them, those of the texts have none
    for (const char* key : {kNetwork, kInt8}) {
      if (file_.metadata.count(key) != 0) checksums[key] = checksum(file_.metadata[key]);
    }
    for (const auto& [name, info] : file_.tensors) checksums[name] = checksum(info.bytes);
    file_.metadata[kChecksums] = checksums.dump();
    return write_tensors(file_);
  }

 private:
  void add(const std::string& name, const char* type, std::size_t count, std::string bytes) {
    contents_.push_back(std::move(bytes));
    file_.tensors[name] = {type, {static_cast<std::int64_t>(count)}, contents_.back()};
  }

  bool as_half(std::string_view what, const std::vector<float>& values) const {
    if (storage_ == FloatStorage::kF32) return false;
    if (what == kWeights) return fits_half(values);
    return storage_ == FloatStorage::kF16All && all_normal_halves(values);
  }

  // As halves where that changes none of them.
  void add_scales(const std::string& name, const std::vector<float>& scales) {
    std::vector<std::uint16_t> halves;
    bool exact = true;
    for (const float scale : scales) {
      halves.push_back(kernels::float_to_half(scale));
      exact &= kernels::half_to_float(halves.back()) == scale;
    }
    if (exact) {
      add(name, "F16", scales.size(), bytes_of(halves));
    } else {
      add(name, "F32", scales.size(), bytes_of(scales));
    }
  }

  void add_offsets(const std::string& name, const std::vector<std::int32_t>& offsets) {
    const std::vector<float> floats(offsets.begin(), offsets.end());
    const bool exact = std::all_of(floats.begin(), floats.end(), [](float v) {
      return kernels::half_to_float(kernels::float_to_half(v)) == v && std::abs(v) <= 65504.0f;
    });
    exact ? add_scales(name, floats) : add(name, "I32", offsets.size(), bytes_of(offsets));
  }

  void put_int8_weights(const std::string& record, const std::string& name,
                        const QuantizedWeights* w, std::size_t count) {
    if (w == nullptr || w->weights.size() != count) {
      throw ModelError(fmt::format("int8 layer '{}' has {} integer weights instead of {}", record,
                                   w == nullptr ? 0 : w->weights.size(), count));
    }
    add(name, "I8", count, bytes_of(w->weights));
    add_scales(name + ".scales", w->scales);
    stored_weights_.insert(record);
  }

  void put_int8(const std::string& record, const std::string& name, const LayerQuantization& layer,
                std::size_t count) {
    put_int8_weights(record, name, layer.weights.get(), count);
    const QuantizedWeights& w = *layer.weights;
    if (!w.offsets.empty()) add_offsets(name + ".offsets", w.offsets);
    if (!layer.channel_scales.empty()) {
      add_scales(record + ".input.scales", layer.channel_scales);
    }
    for (const WinogradScales& form : layer.winograd) {
      const std::string prefix = fmt::format("{}.{}", record, winograd_name(form));
      add(prefix + ".factors", "I32", form.factors.size(), bytes_of(form.factors));
      add(prefix + ".zeros", "I32", form.zeros.size(), bytes_of(form.zeros));
    }
    json& input = inputs_[record] = {{"scale", layer.scale}, {"zero", layer.zero}};
    if (!layer.fine.empty()) input["fine"] = channel_bits(layer.fine);
  }

  const ModelDesc& model_;
  FloatStorage storage_;
  const Int8Weights& int8_weights_;
  TensorFile file_;
  std::list<std::string> contents_;
  json inputs_;
  std::set<std::string> stored_weights_;  // layers whose weights are integers
};

}  // namespace

bool is_own_metadata(std::string_view key) {
  return key == kFormatKey || key == kNetwork || key == kInt8 || key == kChecksums;
}

bool fits_half(std::span<const float> values) {
  float largest = 0;
  for (const float v : values) largest = std::max(largest, std::abs(v));
  return largest == 0 || (largest >= 0x1p-14f && largest < 65520.0f);
}

std::string serialize_tensor_model(const ModelDesc& model, FloatStorage storage,
                                   const std::map<std::string, std::string>& metadata,
                                   const Int8Weights& weights) {
  TensorWriter writer(model, storage, weights);
  std::string text = serialize_skeleton(model, writer);
  return writer.finish(std::move(text), metadata);
}

void save_tensor_model(const ModelDesc& model, FloatStorage storage,
                       const std::map<std::string, std::string>& metadata, const std::string& path,
                       const Int8Weights& weights) {
  std::string content = serialize_tensor_model(model, storage, metadata, weights);
  const std::optional<Container> container = container_of(path);
  if (container && container->gzip) content = deflate_member(content, kGzipLevel);
  write_whole_file(path, content);
}

}  // namespace hayago::nn
