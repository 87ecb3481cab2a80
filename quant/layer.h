// From one layer's weights and input statistics to its quantization.
#pragma once
#include "quant/observe.h"

namespace hayago::quant {

// `format` is what its input becomes (InputSteps). `patches` are of the layer's input; only
// compensated rounding needs any. Without a sensitivity each output is rounded by itself.
nn::LayerQuantization quantize_layer(const nn::NarrowLayer& layer, nn::LayerQuantization format,
                                     const TensorStats& input, const PatchMoments& patches,
                                     const Sensitivity& sensitivity,
                                     const QuantizeOptions& options);

// Weights [..][c_in][c_out] times the scales of their input channels, unless there are none.
std::vector<float> scaled_weights(nn::Weights weights, int c_out,
                                  std::span<const float> channel_scales);

// Every weight to its nearest integer; the largest of an output, or of all, becomes 127.
// `channel_scales` as in nn::quantize_weights.
nn::QuantizedWeights nearest_weights(nn::Weights weights, int c_out,
                                     std::span<const float> channel_scales, WeightScales scales);

// Integers for the weights of a convolution of several taps whose input stays in float.
nn::QuantizedWeights round_weights(const nn::NarrowLayer& layer, const PatchMoments& patches,
                                   const Sensitivity& sensitivity);

}  // namespace hayago::quant
