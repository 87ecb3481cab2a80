// What int8 will make of a network's layers, computed in float while the network is trained
// (design/quantization.md, method 7). The way back takes rounding for the identity: a gradient of
// what was rounded is one of what it was rounded from (the straight-through estimator of Bengio et
// al., arXiv:1308.3432; for whole networks Jacob et al., arXiv:1712.05877).
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nn/plan/narrow.h"
#include "nn/plan/plan.h"
#include "quant/observe.h"
#include "quant/train/trainable_model.h"

namespace hayago::quant {

// Layers and the formats of their inputs, which training leaves as they are, as it does the scales
// of weights: those that make the least squared error of the weights it begins with, where some of
// the largest may be cut off. The integers of the formats are not looked at.
struct Int8Training {
  nn::Precision precision;
  WeightScales weight_scales = WeightScales::kPerOutput;
};

class FakeLayer {
 public:
  FakeLayer(const nn::LayerQuantization& format, const nn::NarrowLayer& layer,
            WeightScales weight_scales);

  // What the bytes of (rows, padded(c_in)) floats stand for. Parts of steps of fine channels count
  // as exactly as their weights would have to be.
  void round_input(const float* in, std::size_t rows, float* out) const;
  nn::QuantizedWeights quantized(nn::Weights weights) const;
  // What those integers stand for, in the order of the file.
  std::vector<float> rounded(nn::Weights weights) const;

 private:
  std::size_t c_in_, c_out_;
  float zero_;
  std::vector<float> channel_scales_, weight_scales_;  // (c_in), (c_out)
  std::vector<float> steps_, inverse_;                 // (padded(c_in))
  std::vector<std::size_t> fine_;
};

class FakeQuantization {
 public:
  // Of an unfused plan. Throws std::invalid_argument for a layer that it lacks or that cannot be in
  // int8, and for a format that does not fit it, as nn::narrow does.
  FakeQuantization(const nn::Plan& plan, const Int8Training& training);

  // Null for operations that stay in float.
  const FakeLayer* layer(std::size_t op) const { return layers_[op].get(); }
  // The operation with what the integers of its weights stand for, which are put into `room`.
  nn::Op rounded(const nn::Plan& plan, std::size_t op, std::vector<float>& room) const;
  // The same layers with integers of the plan's weights.
  nn::Precision precision(const nn::Plan& plan) const;

 private:
  nn::Precision formats_;
  std::vector<std::unique_ptr<FakeLayer>> layers_;  // by operation
};

// The model's values, where outputs of layers in int8 that only a norm reads have weights as large
// as the layer's largest, and the norm divides by as much: the network is the same, but one scale
// for all weights of a layer is finer (Nagel et al., arXiv:1906.04721, section 4.1).
std::vector<float> equalised(const TrainableModel& model, const nn::Precision& precision);

// The tensor that a convolution or product reads.
nn::TensorId product_input(const nn::Op& op);

}  // namespace hayago::quant
