#include "quant/train/fake_quantization.h"

#include <algorithm>
#include <cmath>

#include "nn/plan/fuse.h"
#include "quant/layer.h"

namespace hayago::quant {
namespace {

// Adding and subtracting 1.5 * 2^23 rounds a float of magnitude below 2^22 to the nearest integer,
// ties to even, in two operations that compilers vectorize.
float nearest(float x) {
  constexpr float kUlpIsOne = 12582912.0f;
  return x + kUlpIsOne - kUlpIsOne;
}

float byte(float x) { return nearest(std::clamp(x, 0.0f, 255.0f)); }

float integer(float weight, float scale) {
  return nearest(std::clamp(weight / scale, -127.0f, 127.0f));
}

// For every `stride`-th weight from the first on.
float least_error_scale(std::span<const float> weights, std::size_t first, std::size_t stride) {
  constexpr float kLeastShare = 0.3f, kShareStep = 0.05f;
  float largest = 0;
  for (std::size_t i = first; i < weights.size(); i += stride) {
    largest = std::max(largest, std::abs(weights[i]));
  }
  if (largest == 0) return 1;
  float best = largest / 127;
  double least = INFINITY;
  for (float share = 1; share > kLeastShare; share -= kShareStep) {
    const float scale = share * largest / 127;
    double error = 0;
    for (std::size_t i = first; i < weights.size(); i += stride) {
      const float d = integer(weights[i], scale) * scale - weights[i];
      error += static_cast<double>(d) * d;
    }
    if (error >= least) continue;
    least = error;
    best = scale;
  }
  return best;
}

nn::Weights& weights_of(nn::Op& op) {
  if (auto* conv = std::get_if<nn::ConvOp>(&op)) return conv->weights;
  return std::get<nn::MatMulOp>(op).weights;
}

// The norm that reads the tensor if nobody else does.
const nn::NormActOp* only_norm(const nn::Plan& plan, nn::TensorId tensor) {
  const nn::NormActOp* norm = nullptr;
  int readers = 0;
  for (const nn::Op& op : plan.ops) {
    const auto read = nn::reads(op);
    if (std::find(read.begin(), read.end(), tensor) == read.end()) continue;
    ++readers;
    norm = std::get_if<nn::NormActOp>(&op);
  }
  return readers == 1 ? norm : nullptr;
}

nn::TensorId product_output(const nn::Op& op) {
  if (const auto* conv = std::get_if<nn::ConvOp>(&op)) return conv->epilogue.raw_out;
  return std::get<nn::MatMulOp>(op).epilogue.raw_out;
}

}  // namespace

FakeLayer::FakeLayer(const nn::LayerQuantization& format, const nn::NarrowLayer& layer,
                     WeightScales weight_scales)
    : c_in_(static_cast<std::size_t>(layer.c_in)),
      c_out_(static_cast<std::size_t>(layer.c_out)),
      zero_(static_cast<float>(format.zero)),
      channel_scales_(format.channel_scales),
      steps_(static_cast<std::size_t>(kernels::padded(layer.c_in)), format.scale),
      fine_(format.fine.begin(), format.fine.end()) {
  channel_scales_.resize(c_in_, 1.0f);
  for (std::size_t c = 0; c < c_in_; ++c) steps_[c] *= channel_scales_[c];
  for (const float step : steps_) inverse_.push_back(1 / step);
  const std::vector<float> weights = scaled_weights(layer.weights, layer.c_out, channel_scales_);
  if (weight_scales == WeightScales::kPerTensor) {
    weight_scales_.assign(c_out_, least_error_scale(weights, 0, 1));
    return;
  }
  for (std::size_t o = 0; o < c_out_; ++o) {
    weight_scales_.push_back(least_error_scale(weights, o, c_out_));
  }
}

void FakeLayer::round_input(const float* in, std::size_t rows, float* out) const {
  const std::size_t stride = steps_.size();
  for (std::size_t r = 0; r < rows; ++r, in += stride, out += stride) {
    for (std::size_t c = 0; c < stride; ++c) {
      out[c] = (byte(in[c] * inverse_[c] + zero_) - zero_) * steps_[c];
    }
    // Rounded down, and what that leaves over in parts (kernels/narrow).
    for (const std::size_t c : fine_) {
      const float x = in[c] * inverse_[c] + zero_, q = byte(x - 0.5f);
      const float parts = byte((x - q) * kernels::kFineParts + zero_) - zero_;
      out[c] = (q - zero_ + parts / kernels::kFineParts) * steps_[c];
    }
  }
}

nn::QuantizedWeights FakeLayer::quantized(nn::Weights weights) const {
  nn::QuantizedWeights result;
  result.scales = weight_scales_;
  const std::vector<float> of = scaled_weights(weights, static_cast<int>(c_out_), channel_scales_);
  for (std::size_t i = 0; i < of.size(); ++i) {
    result.weights.push_back(static_cast<std::int8_t>(integer(of[i], weight_scales_[i % c_out_])));
  }
  return result;
}

std::vector<float> FakeLayer::rounded(nn::Weights weights) const {
  const nn::QuantizedWeights integers = quantized(weights);
  std::vector<float> result(weights.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const float scale = integers.scales[i % c_out_] / channel_scales_[i / c_out_ % c_in_];
    result[i] = scale * static_cast<float>(integers.weights[i]);
  }
  return result;
}

FakeQuantization::FakeQuantization(const nn::Plan& plan, const Int8Training& training)
    : formats_(training.precision), layers_(plan.ops.size()) {
  nn::narrow(nn::fuse(plan), formats_);  // refuses what does not fit
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    const auto format = formats_.layers.find(layer.name);
    if (format == formats_.layers.end()) continue;
    layers_[layer.op] = std::make_unique<FakeLayer>(format->second, layer, training.weight_scales);
  }
}

nn::Op FakeQuantization::rounded(const nn::Plan& plan, std::size_t op,
                                 std::vector<float>& room) const {
  nn::Op result = plan.ops[op];
  if (layers_[op] == nullptr) return result;
  nn::Weights& weights = weights_of(result);
  room = layers_[op]->rounded(weights);
  weights = room;
  return result;
}

nn::Precision FakeQuantization::precision(const nn::Plan& plan) const {
  nn::Precision result = formats_;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    if (layers_[layer.op] == nullptr) continue;
    result.layers.at(layer.name).weights =
        std::make_shared<const nn::QuantizedWeights>(layers_[layer.op]->quantized(layer.weights));
  }
  return result;
}

std::vector<float> equalised(const TrainableModel& model, const nn::Precision& precision) {
  constexpr float kMost = 64;  // outputs that are nearly nothing stay small
  std::vector<float> values = model.values();
  const nn::Plan plan = model.plan(values);
  const auto changeable = [&](nn::Weights part) {
    return std::span(values).subspan(static_cast<std::size_t>(part.data() - values.data()),
                                     part.size());
  };
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    const auto format = precision.layers.find(layer.name);
    const nn::NormActOp* norm = only_norm(plan, product_output(plan.ops[layer.op]));
    if (format == precision.layers.end() || norm == nullptr || norm->scale.empty()) continue;
    const auto outputs = static_cast<std::size_t>(layer.c_out);
    const auto scaled = scaled_weights(layer.weights, layer.c_out, format->second.channel_scales);
    std::vector<float> largest(outputs, 0.0f);
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      largest[i % outputs] = std::max(largest[i % outputs], std::abs(scaled[i]));
    }
    const float most = *std::max_element(largest.begin(), largest.end());
    const auto weights = changeable(layer.weights), scales = changeable(norm->scale);
    for (std::size_t o = 0; o < outputs; ++o) {
      const float factor = largest[o] * kMost > most ? most / largest[o] : 1.0f;
      scales[o] /= factor;
      for (std::size_t i = o; i < weights.size(); i += outputs) weights[i] *= factor;
    }
  }
  return values;
}

nn::TensorId product_input(const nn::Op& op) {
  if (const auto* conv = std::get_if<nn::ConvOp>(&op)) return conv->in;
  return std::get<nn::MatMulOp>(op).in;
}

}  // namespace hayago::quant
