// Networks from safetensors files; whatever is inconsistent is refused by name.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "kernels/cuda/half_bits.h"
#include "nn/model/arrays.h"
#include "nn/model/channel_bits.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/parse.h"
#include "nn/model/safetensors.h"
#include "nn/model/tensor_metadata.h"
#include "nn/model/tensor_model.h"

namespace hayago::nn {
namespace {

using nlohmann::json;

template <class T>
std::vector<T> values_of(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

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

  // Of the forms that the file has.
  std::vector<WinogradScales> winograd_forms(const std::string& layer) const {
    std::vector<WinogradScales> forms;
    for (const int outputs : kWinogradOutputs) {
      WinogradScales form;
      form.outputs = outputs;
      const std::string prefix = fmt::format("{}.{}", layer, winograd_name(form));
      const std::string factors = prefix + ".factors", zeros = prefix + ".zeros";
      if (content_.tensors.count(factors) == 0 && content_.tensors.count(zeros) == 0) continue;
      form.factors = integers(factors, form.products(), 1, 32767);
      form.zeros = integers(zeros, form.products(), 0, 255);
      forms.push_back(std::move(form));
    }
    return forms;
  }

  std::vector<int> integers(const std::string& name, std::size_t count, int lowest,
                            int highest) const {
    const TensorInfo& info = tensor(name, static_cast<std::int64_t>(count));
    if (info.type != "I32") fail_at(name, fmt::format("type {} (expected I32)", info.type));
    const auto values = values_of<std::int32_t>(info.bytes);
    for (const std::int32_t value : values) {
      if (value >= lowest && value <= highest) continue;
      fail_at(name, fmt::format("value {} (expected {} to {})", value, lowest, highest));
    }
    return {values.begin(), values.end()};
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
    if (computes) quantization.winograd = winograd_forms(layer);
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

}  // namespace hayago::nn
