#include "nn/model/tensor_model.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <list>
#include <nlohmann/json.hpp>
#include <set>

#include "kernels/cuda/half_bits.h"
#include "nn/model/arrays.h"
#include "nn/model/channel_bits.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/parse.h"
#include "nn/model/safetensors.h"
#include "nn/model/write.h"

namespace hayago::nn {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "hayago-network 1";
constexpr std::string_view kWeights = "weights";
// In the place of a tensor's name: an array of that number alone.
constexpr std::string_view kConstant = "all:";
// Metadata. The last one has the CRC-32 of every tensor and of the first two texts.
constexpr const char *kFormatKey = "format", *kNetwork = "network", *kInt8 = "int8",
                     *kChecksums = "crc32";
// In kInt8, under the name of a block: its attention, which has no tensors.
constexpr const char *kAttention = "attention", *kHalves = "int16";

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Whether all are 0 or normal numbers of half precision, so that each is off by a share of 2^-11 at
// most. Stricter than fits_half(), as biases and scales count one by one and not in sums.
bool all_normal_halves(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) {
    return v == 0 || (std::abs(v) >= 0x1p-14f && std::abs(v) <= 65504.0f);
  });
}

std::set<std::string> attention_blocks(const ModelDesc& model) {
  std::set<std::string> names;
  for (const LayerInfo& layer : list_layers(model)) {
    if (layer.kind == LayerKind::kAttention) names.insert(layer.name);
  }
  return names;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
std::vector<T> values_of(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
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

class TensorReader final : public ArraySource {
 public:
  TensorReader(const TensorFile& content, const std::string& file)
      : content_(content),
        file_(file),
        checksums_(read_object(kChecksums)),
        inputs_(read_object(kInt8)) {
    for (const auto& [name, expected] : checksums_.items()) {
      const bool text = name == kNetwork || name == kInt8;
      if (!text && content.tensors.count(name) == 0) fail_at(name, "is missing");
    }
    for (const char* key : {kNetwork, kInt8}) {
      const auto text = content.metadata.find(key);
      const bool exists = text != content.metadata.end();
      if (!exists && !checksums_.contains(key)) continue;
      check_bytes(fmt::format("metadata '{}'", key), key, exists ? text->second : std::string());
    }
  }

  std::vector<float> get(const std::string& name, std::int64_t count) override {
    if (name.starts_with(kConstant) && content_.tensors.count(name) == 0) {
      return constant(name, count);
    }
    const TensorInfo& info = tensor(name, count);
    std::vector<float> values;
    if (info.type == "F32" || info.type == "F16") {
      values = floats(info);
    } else if (info.type == "I8") {
      values = int8_weights(name, values_of<std::int8_t>(info.bytes));
    } else {
      fail_at(name, fmt::format("type {} (expected F32, F16 or I8)", info.type));
    }
    check_finite(name, values);
    return values;
  }

  std::map<std::string, LayerQuantization> take_layers() {
    for (const auto& [name, input] : inputs_.items()) {
      if (layers_.count(name) == 0 && !is_attention(input)) {
        fail_at(name + ".weights", "expected int8 weights");
      }
    }
    return std::move(layers_);
  }

  std::set<std::string> attention_of(const ModelDesc& model) const {
    const std::set<std::string> blocks = attention_blocks(model);
    std::set<std::string> result;
    for (const auto& [name, input] : inputs_.items()) {
      if (!is_attention(input)) continue;
      if (!blocks.contains(name)) {
        fail(fmt::format("metadata 'int8': the network has no attention '{}'", printable(name)));
      }
      result.insert(name);
    }
    return result;
  }

  const std::string& network() const {
    const auto format = content_.metadata.find(kFormatKey);
    const auto text = content_.metadata.find(kNetwork);
    if (format == content_.metadata.end() || text == content_.metadata.end()) {
      fail("is a safetensors file without a network of ours (no metadata 'format' and 'network')");
    }
    if (format->second != kFormat) {
      fail(fmt::format("format '{}' (expected '{}')", printable(format->second), kFormat));
    }
    return text->second;
  }

 private:
  static bool is_attention(const json& input) {
    return input.is_object() && input.value(kAttention, json()) == kHalves;
  }

  std::vector<float> constant(const std::string& text, std::int64_t count) const {
    float value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + kConstant.size(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) {
      fail(fmt::format("array '{}': expected a number behind '{}'", printable(text), kConstant));
    }
    return std::vector<float>(static_cast<std::size_t>(count), value);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw ModelError(fmt::format("{}: {}", printable(file_), what));
  }
  [[noreturn]] void fail_at(const std::string& name, const std::string& what) const {
    fail(fmt::format("tensor '{}': {}", printable(name), what));
  }

  // Empty where the file has none.
  json read_object(const char* key) const {
    const auto found = content_.metadata.find(key);
    if (found == content_.metadata.end()) return json::object();
    json object = json::parse(found->second, nullptr, false);
    if (!object.is_object()) fail(fmt::format("metadata '{}' is not a JSON object", key));
    return object;
  }

  // Files of others may lack checksums, but have them for all tensors or none.
  void check_bytes(const std::string& what, const std::string& name, std::string_view bytes) const {
    if (checksums_.empty()) return;
    const auto expected = checksums_.find(name);
    if (expected == checksums_.end() || !expected->is_number_unsigned()) {
      fail(fmt::format("{}: metadata '{}' has no number for it", what, kChecksums));
    }
    const std::uint32_t is = checksum(bytes);
    if (expected->get<std::uint64_t>() == is) return;
    fail(fmt::format("{}: checksum {:08x} (expected {:08x}); the file is damaged", what, is,
                     expected->get<std::uint64_t>()));
  }

  const TensorInfo& tensor(const std::string& name, std::int64_t count) const {
    const auto found = content_.tensors.find(name);
    if (found == content_.tensors.end()) fail_at(name, "is missing");
    std::int64_t elements = 1;
    for (const std::int64_t edge : found->second.shape) elements *= edge;
    if (count >= 0 && elements != count) {
      fail_at(name, fmt::format("{} values (expected {})", elements, count));
    }
    check_bytes(fmt::format("tensor '{}'", printable(name)), name, found->second.bytes);
    return found->second;
  }

  // Of F32 or F16.
  static std::vector<float> floats(const TensorInfo& info) {
    if (info.type == "F32") return values_of<float>(info.bytes);
    const auto halves = values_of<std::uint16_t>(info.bytes);
    std::vector<float> values(halves.size());
    std::transform(halves.begin(), halves.end(), values.begin(), kernels::half_to_float);
    return values;
  }

  std::vector<float> scales(const std::string& name) const {
    const TensorInfo& info = tensor(name, -1);
    if (info.type != "F32" && info.type != "F16") {
      fail_at(name, fmt::format("type {} (expected F32 or F16)", info.type));
    }
    std::vector<float> values = floats(info);
    check_positive(name, values);
    return values;
  }

  // I32, or F16 of integers.
  std::vector<std::int32_t> offsets(const std::string& name) const {
    const TensorInfo& info = tensor(name, -1);
    if (info.type == "I32") return values_of<std::int32_t>(info.bytes);
    if (info.type != "F16") fail_at(name, fmt::format("type {} (expected I32 or F16)", info.type));
    std::vector<std::int32_t> result;
    for (const float value : floats(info)) {
      if (!std::isfinite(value) || value != std::trunc(value)) {
        fail_at(name, fmt::format("offset {} (expected an integer)", value));
      }
      result.push_back(static_cast<std::int32_t>(value));
    }
    return result;
  }

  void check_finite(const std::string& name, const std::vector<float>& values) const {
    const auto bad =
        std::find_if_not(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
    if (bad == values.end()) return;
    fail_at(name, fmt::format("value {} is {}, must be finite", bad - values.begin(), *bad));
  }

  void check_positive(const std::string& name, const std::vector<float>& values) const {
    check_finite(name, values);
    for (const float value : values) {
      if (!(value > 0)) fail_at(name, fmt::format("scale {} (expected a positive number)", value));
    }
  }

  // Whether the channels exist is seen when the plan is made narrow.
  void read_fine(const std::string& layer, const json& text, LayerQuantization& result) const {
    const auto channels =
        text.is_string() ? channels_of_bits(text.get<std::string>()) : std::nullopt;
    if (!channels) {
      fail_at(layer + ".weights",
              "metadata 'int8' has 'fine' that is no text of hexadecimal digits");
    }
    result.fine = *channels;
  }

  LayerQuantization input_of(const std::string& layer) const {
    const json input = inputs_.is_object() ? inputs_.value(layer, json()) : json();
    if (!input.is_object() || !input.value("scale", json()).is_number() ||
        !input.value("zero", json()).is_number_integer()) {
      fail_at(layer + ".weights",
              "is int8, but metadata 'int8' has no scale and zero of its input");
    }
    LayerQuantization result;
    result.scale = input["scale"].get<float>();
    const auto zero = input["zero"].get<std::int64_t>();
    if (zero < 0 || zero > 255) {
      fail_at(layer + ".weights", fmt::format("input zero point {} (expected 0 to 255)", zero));
    }
    if (!(result.scale > 0) || !std::isfinite(result.scale)) {
      fail_at(layer + ".weights",
              fmt::format("input scale {} (expected a positive number)", result.scale));
    }
    result.zero = static_cast<int>(zero);
    read_fine(layer, input.value("fine", json("")), result);
    return result;
  }

  // Registers the layer and gives back what its integers stand for.
  std::vector<float> int8_weights(const std::string& name, std::vector<std::int8_t> integers) {
    const std::string layer = name.substr(0, name.rfind('.'));
    const std::string input_scales = layer + ".input.scales";
    const bool has_offsets = content_.tensors.count(name + ".offsets") != 0;
    const bool has_input_scales = content_.tensors.count(input_scales) != 0;
    // Else only the weights are integers.
    const bool computes = inputs_.contains(layer) || has_offsets || has_input_scales;
    LayerQuantization quantization = computes ? input_of(layer) : LayerQuantization();
    auto weights = std::make_shared<QuantizedWeights>();
    weights->scales = scales(name + ".scales");
    if (has_offsets) {
      weights->offsets = offsets(name + ".offsets");
    }
    if (has_input_scales) {
      quantization.channel_scales = scales(input_scales);
    }
    const std::size_t outputs = weights->scales.size(), inputs = quantization.channel_scales.size();
    if (outputs == 0 || integers.size() % (outputs * std::max<std::size_t>(inputs, 1)) != 0) {
      fail_at(name + ".scales",
              fmt::format("{} scales do not fit {} weights", outputs, integers.size()));
    }
    const auto lowest = std::min_element(integers.begin(), integers.end());
    if (lowest != integers.end() && *lowest == -128) {
      fail_at(name, fmt::format("value {} is -128 (from -127 on)", lowest - integers.begin()));
    }
    std::vector<float> values(integers.size());
    for (std::size_t i = 0; i < integers.size(); i += outputs) {
      const float scale = inputs == 0 ? 1.0f : quantization.channel_scales[i / outputs % inputs];
      for (std::size_t o = 0; o < outputs; ++o) {
        values[i + o] = static_cast<float>(integers[i + o]) * weights->scales[o] / scale;
      }
    }
    weights->weights = std::move(integers);
    if (!computes) return values;
    quantization.weights = std::move(weights);
    layers_[layer] = std::move(quantization);
    return values;
  }

  const TensorFile& content_;
  const std::string& file_;
  json checksums_, inputs_;
  std::map<std::string, LayerQuantization> layers_;
};

}  // namespace

ModelDesc parse_tensor_model(std::string_view bytes, const std::string& file) {
  const TensorFile content = parse_tensors(bytes, file);
  TensorReader tensors(content, file);
  Reader reader(tensors.network(), true, file);
  reader.arrays_from(tensors);
  ModelDesc model = parse_model(reader);
  model.int8_layers = tensors.take_layers();
  model.narrow_attention = tensors.attention_of(model);
  return model;
}

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
  write_whole_file(path, serialize_tensor_model(model, storage, metadata, weights));
}

}  // namespace hayago::nn
